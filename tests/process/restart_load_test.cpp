// Graceful restarts of the real server under load: nobody notices.

#include <gtest/gtest.h>

#include <csignal>
#include <functional>

#include "tests/support/http_client.h"
#include "tests/support/live_server.h"

namespace posta::test {
namespace {

const std::vector<std::string> kSlugs{"arne", "marcus", "tarald"};
constexpr std::size_t kClients = 4;
constexpr int kRounds = 5;

class RestartUnderLoad : public testing::Test {
protected:
    LiveServer live{kSlugs};
    pid_t marcus = live.server.pid_of("marcus");
    pid_t tarald = live.server.pid_of("tarald");

    // Each time `act` is called, arne's worker is replaced.
    void replace_again_and_again(const std::function<void(int round)>& act) {
        Load load(live.server.port(), kSlugs, kClients);
        for (int round = 0; round < kRounds; ++round) {
            load.goes_on(5);
            const pid_t old = live.server.pid_of("arne");
            act(round);
            EXPECT_TRUE(live.replaced("arne", old));
            EXPECT_TRUE(eventually([&] { return !lives(old); }));
        }
        load.goes_on(5);
        const LoadOutcome outcome = load.stop();

        EXPECT_TRUE(outcome.failures.empty()) << outcome.text();
        EXPECT_EQ(outcome.reconnects, 0) << outcome.text();
        EXPECT_EQ(live.server.pid_of("marcus"), marcus);
        EXPECT_EQ(live.server.pid_of("tarald"), tarald);
        EXPECT_EQ(live.server.log().find("connections_cut=1"), std::string::npos);
        EXPECT_EQ(live.server.log().find("starts again later"), std::string::npos);
    }
};

TEST_F(RestartUnderLoad, LosesNoRequestByCommand) {
    replace_again_and_again([&](int) {
        const Outcome restarted = live.run("ctl restart arne");
        EXPECT_EQ(restarted.exit_code, 0) << restarted.output;
    });
}

TEST_F(RestartUnderLoad, LosesNoRequestByASignalToTheWorker) {
    replace_again_and_again([&](int round) {
        send_signal(live.server.pid_of("arne"), round % 2 == 0 ? SIGHUP : SIGTERM);
    });
}

TEST_F(RestartUnderLoad, LosesNoRequestByAChangedEntry) {
    replace_again_and_again([&](int round) {
        const std::string before = "aliases = [\"a" + std::to_string(round - 1) + ".test\"]\n";
        std::string text = read_text(live.server.manifest_path());
        if (const std::size_t at = text.find(before); at != std::string::npos)
            write_text(live.server.manifest_path(), text.erase(at, before.size()));
        live.add_to_entry("arne", "aliases = [\"a" + std::to_string(round) + ".test\"]");
        const Outcome reloaded = live.run("ctl reload");
        EXPECT_EQ(reloaded.exit_code, 0) << reloaded.output;
    });
}

// A body that is still arriving holds the worker that it was begun with.
TEST_F(RestartUnderLoad, AnswersARequestThatIsHalfThere) {
    HttpClient client(live.server.port());
    const std::string request = redeem_request("arne", "10.0.0.1");
    const std::size_t half = request.size() - 10;
    ASSERT_TRUE(client.send(request.substr(0, half)));
    const pid_t old = live.server.pid_of("arne");
    ASSERT_TRUE(live.replaced("arne", (send_signal(old, SIGHUP), old)));

    ASSERT_TRUE(client.send(request.substr(half)));

    EXPECT_EQ(client.receive("POST").status, 410);
    EXPECT_EQ(client.ask(get_request("arne", "/setup", "10.0.0.2")).status, 200);
}

}  // namespace
}  // namespace posta::test
