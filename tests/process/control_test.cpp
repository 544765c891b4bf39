// The control socket of a real supervisor, with children that only act (tests/support/stage.cpp).

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <memory>

#include "common/base/unix_socket.h"
#include "common/contracts/control.h"
#include "common/json/parse.h"
#include "tests/support/server_process.h"
#include "tests/support/test_paths.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""s;

class Control : public testing::Test {
protected:
    ServerProcess server{POSTA_STAGE};

    void SetUp() override {
        server.add_identity("arne");
        server.add_identity("marcus");
        server.write_manifest();
        server.start();
    }
    std::string ask(std::string_view request) {
        const Result<std::string> answer =
            contracts::ask_supervisor(server.run_dir(), request, 20s);
        return answer ? *answer : "no answer: " + answer.error().message;
    }
    // Whether the answer is of the schema, and a yes.
    bool says_yes(std::string_view request) {
        const std::string answer = ask(request);
        const auto parsed = json::parse(answer);
        if (!parsed || parsed->find("ok") == nullptr || parsed->find("schema") == nullptr ||
            parsed->find("command") == nullptr) {
            ADD_FAILURE() << answer;
            return false;
        }
        return parsed->find("ok")->boolean() == true && parsed->find("result") != nullptr;
    }
};

TEST_F(Control, ShowsEveryProcess) {
    const std::string answer = ask("status");
    const auto parsed = json::parse(answer);
    ASSERT_TRUE(parsed);
    const json::Value* result = parsed->find("result");
    ASSERT_NE(result, nullptr) << answer;

    const auto& processes = result->find("processes")->elements();

    ASSERT_EQ(processes.size(), 3U);
    const json::Value& arne = processes[1];
    EXPECT_EQ(arne.find("name")->string(), "arne");
    EXPECT_EQ(arne.find("state")->string(), "ready");
    EXPECT_EQ(arne.find("pid")->integer(), server.pid_of("arne"));
    EXPECT_GT(arne.find("memory_kb")->integer().value_or(0), 0);
    EXPECT_EQ(arne.find("restarts")->integer(), 0);
    EXPECT_EQ(arne.find("last_exit")->kind(), json::Kind::null);
}

TEST_F(Control, RestartsOneTenantAndAnswersWhenItIsReady) {
    const pid_t arne = server.pid_of("arne");
    const pid_t marcus = server.pid_of("marcus");
    for (const std::string_view request : {"restart arne", "restart arne --now"}) {
        EXPECT_TRUE(says_yes(request));
        EXPECT_TRUE(says_yes("wait arne ready 0"));
    }
    EXPECT_NE(server.pid_of("arne"), arne);
    EXPECT_EQ(server.pid_of("marcus"), marcus);
    EXPECT_TRUE(server.logs("control command=\"restart arne\" uid="));
    EXPECT_EQ(server.log().find("starts again later"), std::string::npos);
}

TEST_F(Control, StopsAndStartsATenant) {
    EXPECT_TRUE(says_yes("stop arne"));
    EXPECT_EQ(server.pid_of("arne"), 0);
    EXPECT_FALSE(says_yes("wait arne ready 0"));
    EXPECT_TRUE(says_yes("wait arne stopped 5"));
    server.signal(SIGHUP);
    ASSERT_TRUE(server.logs("reloaded"));
    EXPECT_EQ(server.pid_of("arne"), 0);

    EXPECT_TRUE(says_yes("start arne"));

    EXPECT_TRUE(lives(server.pid_of("arne")));
}

TEST_F(Control, AnswersWithTheReasonWhenATenantCannotStart) {
    write_text(server.data_dir_of("arne") + "/part", "fail keys.json: no key\n");

    const std::string answer = ask("restart arne");

    EXPECT_NE(answer.find("\"ok\":false"), std::string::npos) << answer;
    EXPECT_NE(answer.find("the tenant is failed: keys.json: no key"), std::string::npos) << answer;
}

TEST_F(Control, PlansAndReloads) {
    server.remove_identity("marcus");
    server.add_identity("ny");
    server.write_manifest();
    const std::string expected =
        R"("result":{"added":["ny"],"changed":[],"removed":["marcus"],"untouched":["arne"],)"
        R"("needs_new_start":[]}})";

    EXPECT_NE(ask("plan").find(expected), std::string::npos);
    EXPECT_EQ(server.pid_of("ny"), 0);
    EXPECT_NE(ask("reload").find(expected), std::string::npos);
    EXPECT_TRUE(says_yes("wait ny ready 20"));

    write_text(server.manifest_path(), "nonsense");
    EXPECT_FALSE(says_yes("reload"));
    EXPECT_TRUE(says_yes("wait ny ready 0"));
}

TEST_F(Control, RefusesWhatItDoesNotKnow) {
    for (const std::string_view request :
         {"surrender", "restart nobody", "status nobody", "loglevel loud", "wait arne gone 1",
          "wait arne ready soon", "{\"command\":3}"})
        EXPECT_FALSE(says_yes(request)) << request;
    for (const std::string_view request :
         {"help", "version", "loglevel debug", "loglevel arne warn"})
        EXPECT_TRUE(says_yes(request)) << request;
}

TEST_F(Control, ShutsDown) {
    EXPECT_TRUE(says_yes("shutdown"));

    EXPECT_EQ(server.wait_for_exit(), 0);
    const auto answer = contracts::ask_supervisor(server.run_dir(), "status", 1s);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::not_found);
}

TEST_F(Control, BelongsToTheCallerAlone) {
    const std::string path = contracts::control_socket_path(server.run_dir());
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    if (::geteuid() != 0) return;
    // Even where the mode were wide open, the peer's uid decides.
    ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
    const pid_t stranger = ::fork();
    if (stranger == 0) {
        if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(2);
        ::_exit(contracts::ask_supervisor(server.run_dir(), "status", 5s) ? 1 : 0);
    }
    int outcome = 0;
    ASSERT_EQ(::waitpid(stranger, &outcome, 0), stranger);

    EXPECT_EQ(outcome, 0);
    EXPECT_TRUE(server.logs("control connection refused"));
}

TEST_F(Control, SurvivesHostilePeers) {
    const std::string path = contracts::control_socket_path(server.run_dir());
    std::vector<UniqueFd> peers;
    for (int count = 0; count < 200; ++count) {
        Result<UniqueFd> peer = connect_unix(path);
        ASSERT_TRUE(peer);
        const std::string bytes = count % 3 == 0   ? std::string(1024 * 1024, 'x')
                                  : count % 3 == 1 ? "stat"
                                                   : std::string("\0\xff{\n\n\n", 6);
        const ssize_t sent =
            ::send(peer->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        static_cast<void>(sent);
        peers.push_back(std::move(peer).value());
    }
    peers.clear();

    EXPECT_TRUE(says_yes("status"));
    EXPECT_EQ(server.children("worker").size(), 2U);
}

TEST_F(Control, DoesNotGrowForAPeerThatNeverReads) {
    Result<UniqueFd> peer = connect_unix(contracts::control_socket_path(server.run_dir()));
    ASSERT_TRUE(peer);
    std::string requests;
    for (int count = 0; count < 1000; ++count) requests += "help\n";
    // The server stops taking requests while answers wait, or lets the peer go.
    for (int rounds = 0; rounds < 100; ++rounds)
        if (::send(peer->get(), requests.data(), requests.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            break;

    EXPECT_TRUE(says_yes("status"));
}

}  // namespace
}  // namespace posta::test
