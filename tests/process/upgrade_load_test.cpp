// A new program takes over the real server under load: nobody notices.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

#include "tests/support/http_client.h"
#include "tests/support/live_server.h"
#include "tests/support/test_paths.h"
#include "tests/support/versions.h"

namespace posta::test {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kSlugs{"arne", "marcus", "tarald"};
constexpr std::size_t kClients = 3;

// Clients that leave their connection idle for a while before they ask on it again, as a proxy's
// pool does. To them a connection that ends unsaid is a request lost: whether it was begun cannot
// be known. Each by its seed.
class IdleClients {
public:
    IdleClients(int port, unsigned count) : port_(port) {
        for (unsigned seed = 1; seed <= count; ++seed)
            threads_.emplace_back([this, seed] { run(seed); });
    }
    ~IdleClients() { stop(); }
    IdleClients(const IdleClients&) = delete;
    IdleClients& operator=(const IdleClients&) = delete;

    // Each has been answered, and has been told so often that its connection is closed.
    bool all_have_moved(int times) {
        return eventually([&] {
            const std::lock_guard<std::mutex> lock(mutex_);
            return static_cast<std::size_t>(
                       std::count_if(moves_.begin(), moves_.end(), [&](const auto& entry) {
                           return entry.second >= times;
                       })) == threads_.size();
        });
    }
    std::vector<std::string> stop() {
        stopping_ = true;
        for (std::thread& thread : threads_)
            if (thread.joinable()) thread.join();
        return failures_;
    }

private:
    void run(unsigned seed) {
        std::mt19937 random(seed);
        std::uniform_int_distribution<int> idle_ms(0, 4000);
        auto client = std::make_unique<HttpClient>(connect_loopback(port_));
        for (int turn = 0; !stopping_; ++turn) {
            const std::string address =
                "10.9." + std::to_string(seed) + "." + std::to_string(turn % 250 + 1);
            const std::string& slug = kSlugs[random() % kSlugs.size()];
            const Answer answer = client->ask(redeem_request(slug, address), "POST");
            if (answer.status == 0 || !answer.keep_alive)
                client = std::make_unique<HttpClient>(connect_loopback(port_));
            note(seed, answer);
            const auto until =
                std::chrono::steady_clock::now() + std::chrono::milliseconds(idle_ms(random));
            while (!stopping_ && std::chrono::steady_clock::now() < until)
                (void)wait_readable(-1, std::chrono::milliseconds(20));
        }
    }
    void note(unsigned seed, const Answer& answer) {
        const std::lock_guard<std::mutex> lock(mutex_);
        int& moves = moves_[seed];
        if (answer.status != 410)
            failures_.push_back("client " + std::to_string(seed) + ": " +
                                std::to_string(answer.status) + " " + answer.body);
        else if (!answer.keep_alive)
            ++moves;
    }

    int port_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::map<unsigned, int> moves_;
    std::vector<std::string> failures_;
    std::vector<std::thread> threads_;
};

class Upgrade : public testing::Test {
protected:
    Versions versions{POSTA_SERVER};
    LiveServer live{kSlugs, "", {}, versions.current()};

    std::vector<pid_t> children() const {
        std::vector<pid_t> all = live.server.children("worker");
        for (const pid_t front : live.server.children("front")) all.push_back(front);
        return all;
    }
    // All processes run that program, and there are as many as there should be.
    bool all_run(const std::string& program) const {
        return eventually([&] {
            const std::vector<pid_t> all = children();
            return program_of(live.server.pid()) == program && all.size() == kSlugs.size() + 1 &&
                   std::all_of(all.begin(), all.end(),
                               [&](pid_t pid) { return program_of(pid) == program; });
        });
    }
    std::string refusal(const std::string& program) {
        versions.use(program);
        const Outcome upgraded = live.run("ctl upgrade");
        EXPECT_EQ(upgraded.exit_code, 1) << upgraded.output;
        return upgraded.output;
    }
};

TEST_F(Upgrade, LosesNoRequestAndKeepsItsPid) {
    const pid_t pid = live.server.pid();
    const std::string address = live.server.address();
    Load load(live.server.port(), kSlugs, kClients);
    load.goes_on(5);
    for (const std::string name : {"v2", "v3"}) {
        versions.use(versions.add(name));

        const Outcome upgraded = live.run("ctl upgrade");

        EXPECT_EQ(upgraded.exit_code, 0) << upgraded.output;
        EXPECT_TRUE(all_run(name));
        EXPECT_EQ(read_text(live.server.run_dir() + "/supervisor.pid"), std::to_string(pid) + "\n");
        load.goes_on(5);
    }
    const LoadOutcome outcome = load.stop();

    EXPECT_TRUE(outcome.failures.empty()) << outcome.text();
    EXPECT_EQ(live.run("ctl wait arne ready 0").exit_code, 0);
    EXPECT_EQ(live.server.stop(), 0);
    EXPECT_TRUE(fs::is_empty(live.server.run_dir()));
}

TEST_F(Upgrade, AnswersOnceMoreOnEveryConnectionThatWasIdle) {
    IdleClients idle(live.server.port(), 12);
    Load load(live.server.port(), kSlugs, 1);
    load.goes_on(3);
    EXPECT_TRUE(idle.all_have_moved(0));
    for (const int round : {1, 2}) {
        versions.use(versions.add("v" + std::to_string(round + 1)));

        EXPECT_EQ(live.run("ctl upgrade").exit_code, 0);

        EXPECT_TRUE(idle.all_have_moved(round));
    }
    const LoadOutcome outcome = load.stop();

    EXPECT_EQ(idle.stop(), std::vector<std::string>{});
    EXPECT_TRUE(outcome.failures.empty()) << outcome.text();
    EXPECT_TRUE(eventually([&] { return live.server.children("front").size() == 1; }))
        << "a front whose clients have all moved leaves";
}

TEST_F(Upgrade, KeepsAFrontWithIdleClientsNoLongerThanTheServer) {
    HttpClient idle(live.server.port());
    ASSERT_EQ(idle.ask(get_request("arne", "/setup", "10.0.0.1")).status, 200);
    versions.use(versions.add("v2"));
    ASSERT_EQ(live.run("ctl upgrade").exit_code, 0);
    ASSERT_EQ(live.server.children("front").size(), 2U);

    EXPECT_EQ(live.server.stop(), 0);

    EXPECT_TRUE(idle.sees_end());
    EXPECT_NE(live.server.log().find("clients=0"), std::string::npos) << "it was not killed";
}

TEST_F(Upgrade, KeepsWhatTheLogsAndTheStatusTold) {
    const pid_t killed = live.server.pid_of("arne");
    send_signal(killed, SIGKILL);
    ASSERT_TRUE(live.replaced("arne", killed));
    ASSERT_NE(live.run("ctl logs arne --json").output.find("SIGKILL"), std::string::npos);
    versions.use(versions.add("v2"));

    ASSERT_EQ(live.run("ctl upgrade").exit_code, 0);

    EXPECT_NE(live.run("ctl logs arne --json").output.find("SIGKILL"), std::string::npos);
    const std::string status = live.run("ctl status arne --json").output;
    EXPECT_NE(status.find("\"restarts\":2"), std::string::npos) << status;
    EXPECT_NE(status.find("\"last_exit\":{"), std::string::npos) << status;
}

TEST_F(Upgrade, ComesBySignalAndSurvivesTheDeathOfAWorkerMeanwhile) {
    Load load(live.server.port(), {"marcus", "tarald"}, kClients);
    load.goes_on(5);
    versions.use(versions.add("v2"));
    const pid_t arne = live.server.pid_of("arne");

    live.server.signal(SIGUSR2);
    ASSERT_TRUE(live.server.logs("it would take over"));
    send_signal(arne, SIGKILL);

    EXPECT_TRUE(live.replaced("arne", arne));
    EXPECT_TRUE(all_run("v2"));
    EXPECT_TRUE(live.server.logs("upgraded from="));
    load.goes_on(5);
    const LoadOutcome outcome = load.stop();
    EXPECT_TRUE(outcome.failures.empty()) << outcome.text();
    EXPECT_EQ(HttpClient(live.server.port()).ask(get_request("arne", "/setup", "10.0.0.1")).status,
              200);
}

TEST_F(Upgrade, LeavesEverythingAsItIsWhenTheProgramIsBad) {
    const std::vector<pid_t> before = children();
    Load load(live.server.port(), kSlugs, kClients);

    EXPECT_NE(refusal(versions.add_script("fails", "#!/bin/sh\necho no such thing >&2\nexit 1\n"))
                  .find("left with code 1: no such thing"),
              std::string::npos);
    EXPECT_NE(refusal(versions.add_script("lies", "#!/bin/sh\nexit 0\n")).find("left with code 0"),
              std::string::npos);
    EXPECT_NE(refusal(versions.add_script("crashes", "#!/bin/sh\nkill -SEGV $$\n")).find("SIGSEGV"),
              std::string::npos);
    refusal(versions.add_torn("torn"));
    refusal(versions.current() + "-is-not-there");
    versions.use(versions.add("v2"));
    const std::string manifest = read_text(live.server.manifest_path());
    write_text(live.server.manifest_path(), "nonsense");
    EXPECT_EQ(live.run("ctl upgrade").exit_code, 1);
    write_text(live.server.manifest_path(), manifest);

    load.goes_on(5);
    const LoadOutcome outcome = load.stop();
    EXPECT_TRUE(outcome.failures.empty()) << outcome.text();
    EXPECT_EQ(program_of(live.server.pid()), "v1");
    EXPECT_EQ(children(), before);
}

TEST_F(Upgrade, TakesTheManifestAsItIsAndLeavesTheStoppedStopped) {
    ASSERT_EQ(live.run("ctl stop arne").exit_code, 0);
    live.add_to_entry("marcus", "aliases = [\"m.test\"]");
    versions.use(versions.add("v2"));

    const Outcome upgraded = live.run("ctl upgrade");

    EXPECT_EQ(upgraded.exit_code, 0) << upgraded.output;
    EXPECT_EQ(live.run("ctl wait arne stopped 0").exit_code, 0);
    EXPECT_EQ(live.run("ctl wait marcus ready 20").exit_code, 0);
    EXPECT_EQ(
        HttpClient(live.server.port()).ask("GET /setup HTTP/1.1\r\nHost: m.test\r\n\r\n").status,
        200);
    EXPECT_EQ(live.run("ctl start arne").exit_code, 0);
}

}  // namespace
}  // namespace posta::test
