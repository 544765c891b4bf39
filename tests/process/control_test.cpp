// The control socket of a real supervisor, with children that only act (tests/support/stage.cpp).

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
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
    std::string ask(std::string_view request) const { return server.ask(request); }
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
        R"("waiting":[],"needs_new_start":[]}})";

    EXPECT_NE(ask("plan").find(expected), std::string::npos);
    EXPECT_EQ(server.pid_of("ny"), 0);
    EXPECT_NE(ask("reload").find(expected), std::string::npos);
    EXPECT_TRUE(says_yes("wait ny ready 20"));

    write_text(server.manifest_path(), "nonsense");
    EXPECT_FALSE(says_yes("reload"));
    EXPECT_TRUE(says_yes("wait ny ready 0"));
}

// {"ok":true,"schema":1,"command":C,"result":...} or {"ok":false,...,"error":{"code","message"}},
// nothing more, in this order.
bool is_of_the_schema(const std::string& answer) {
    const auto parsed = json::parse(answer);
    if (!parsed) return false;
    std::string names;
    for (const json::Value::Member& member : parsed->members()) names += member.first + " ";
    if (parsed->find("schema") == nullptr || parsed->find("schema")->integer() != 1 ||
        parsed->find("command") == nullptr || !parsed->find("command")->string())
        return false;
    if (parsed->find("ok")->boolean() == true) return names == "ok schema command result ";
    const json::Value* const error = parsed->find("error");
    return names == "ok schema command error " && error != nullptr &&
           error->members().size() == 2 && error->find("code") != nullptr &&
           error->find("code")->string() && error->find("message") != nullptr &&
           error->find("message")->string();
}

TEST_F(Control, AnswersEveryCommandInOneSchema) {
    const json::Value help = *json::parse(ask("help"));
    std::vector<std::string> requests;
    for (const json::Value& command : help.find("result")->elements())
        requests.emplace_back(*command.find("command")->string());
    ASSERT_GT(requests.size(), 10U);
    for (const std::string& name : requests) {
        if (name == "shutdown" || name == "upgrade") continue;  // the last words of this server
        for (const std::string& words :
             {std::string(), std::string(" arne"), std::string(" nobody"),
              std::string(" arne ready 0"), std::string(" --now")}) {
            const std::string answer = ask(name + words);
            EXPECT_TRUE(is_of_the_schema(answer)) << name << words << ": " << answer;
        }
    }
    EXPECT_TRUE(is_of_the_schema(ask("logs arne -f -n 0")));
    EXPECT_TRUE(is_of_the_schema(ask("shutdown")));
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

std::size_t open_descriptors(pid_t pid) {
    std::size_t count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
        if (!entry.path().empty()) ++count;
    return count;
}

// With a descriptor of ours beside the bytes.
void send_with_descriptor(int socket, std::string bytes) {
    const UniqueFd given(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    iovec part{bytes.data(), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> room{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int number = given.get();
    std::memcpy(CMSG_DATA(header), &number, sizeof number);
    EXPECT_GE(::sendmsg(socket, &message, MSG_NOSIGNAL), 0);
}

TEST_F(Control, KeepsNoDescriptorThatAPeerPasses) {
    EXPECT_TRUE(says_yes("status"));
    const std::size_t before = open_descriptors(server.pid());
    for (const std::string& request : {std::string("status\n"), std::string("events\n"),
                                       std::string("logs arne -f\n"), std::string("half a li")}) {
        Result<UniqueFd> peer = connect_unix(contracts::control_socket_path(server.run_dir()));
        ASSERT_TRUE(peer);
        for (int count = 0; count < 20; ++count) send_with_descriptor(peer->get(), request);
    }
    EXPECT_TRUE(says_yes("status"));
    EXPECT_TRUE(eventually([&] { return open_descriptors(server.pid()) <= before; }));
}

TEST_F(Control, ServesCommandsBesideStreamsThatNobodyReads) {
    std::vector<UniqueFd> peers;
    for (int count = 0; count < 200; ++count) {
        Result<UniqueFd> peer = connect_unix(contracts::control_socket_path(server.run_dir()));
        ASSERT_TRUE(peer);
        const std::string request = count % 2 == 0 ? "events\n" : "logs arne -f\n";
        ASSERT_GT(::send(peer->get(), request.data(), request.size(), MSG_NOSIGNAL), 0);
        peers.push_back(std::move(peer).value());
        // What is over the streams' number is refused, and lets go when it is idle; here at once.
        if (count >= 16) peers.pop_back();
    }
    for (int count = 0; count < 5; ++count) EXPECT_TRUE(says_yes("restart arne"));
    peers.clear();

    EXPECT_TRUE(says_yes("status"));
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
