// `posta-server send` beside a real server, with a real HTTPS peer.

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <thread>

#include "common/json/parse.h"
#include "tests/support/https_peer.h"
#include "tests/support/live_server.h"
#include "tests/support/test_paths.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""s;

// One server for all of them: each has a recipient of its own.
class SendTest : public ::testing::Test {
protected:
    struct Stage {
        posta::testing::HttpsPeer peer;
        LiveServer live{{"arne"},
                        "allow_private_peers = true\nca_bundle = \"" + peer.ca_bundle() + "\""};
    };
    static void SetUpTestSuite() { stage() = std::make_unique<Stage>(); }
    static void TearDownTestSuite() { stage().reset(); }
    static std::unique_ptr<Stage>& stage() {
        static std::unique_ptr<Stage> stage;
        return stage;
    }

    std::string words(const std::string& path, const std::string& more) const {
        return "send --slug arne --to " + peer.url("bob.localhost", path) + " " + more;
    }
    Outcome send(const std::string& path, const std::string& more) const {
        return live.run(words(path, more));
    }
    // What the peer got: signature and body, a line each.
    bool got(const std::string& text, int times = 1) const {
        return eventually([&] {
            const std::string posted = peer.posted_to(mine);
            int found = 0;
            for (std::size_t at = posted.find(text); at != std::string::npos;
                 at = posted.find(text, at + 1))
                ++found;
            return found == times;
        });
    }

    const std::string mine =
        std::string("/doc/") + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    const posta::testing::HttpsPeer& peer = stage()->peer;
    LiveServer& live = stage()->live;
};

TEST_F(SendTest, SaysThatTheMessageWasDelivered) {
    const Outcome sent = send(mine, "--text 'Hei \"du\"' --in-reply-to 01JV --wait");

    EXPECT_EQ(sent.exit_code, 0) << sent.output;
    EXPECT_TRUE(sent.output.starts_with("delivered: ")) << sent.output;
    const std::string posted = peer.posted_to(mine);
    EXPECT_NE(posted.find(R"("payload":{"kind":"posta.text/v1","body":"Hei \"du\""})"),
              std::string::npos)
        << posted;
    EXPECT_NE(posted.find(R"("inReplyTo":"01JV")"), std::string::npos) << posted;
}

TEST_F(SendTest, TellsTheRunningWorkerAtOnce) {
    const Outcome sent = send(mine, "--text one");

    EXPECT_EQ(sent.exit_code, 0) << sent.output;
    EXPECT_TRUE(sent.output.starts_with("Queued: ")) << sent.output;
    EXPECT_TRUE(got("\"one\""));
}

TEST_F(SendTest, SendsAPayloadFromStandardInputByteForByte) {
    const std::string payload = R"({ "kind" : "mine/v1", "n": 1.50e+02 })";
    write_text(live.server.folder() / "payload", "\n " + payload + "\n");

    const Outcome sent = send(mine, "--wait --json < " + live.server.folder() / "payload");

    ASSERT_EQ(sent.exit_code, 0) << sent.output;
    const auto answer = json::parse(sent.output).value();
    EXPECT_EQ(answer.find("state")->string(), "delivered");
    EXPECT_EQ(answer.find("attempts")->integer(), 1);
    EXPECT_EQ(answer.find("workerTold")->boolean(), true);
    EXPECT_TRUE(answer.find("peer")->string()->starts_with("bob.localhost:"));
    EXPECT_TRUE(got("\"payload\":" + payload));
}

TEST_F(SendTest, SaysWhyAPeerRefused) {
    const Outcome sent = send("/status/410", "--text x --wait");

    EXPECT_EQ(sent.exit_code, 1);
    EXPECT_TRUE(sent.output.starts_with("failed-permanent: ")) << sent.output;
    EXPECT_NE(sent.output.find("(http-410)"), std::string::npos) << sent.output;
}

TEST_F(SendTest, SaysThatItIsStillPendingWhenTheTimeIsOver) {
    // The next try is half an hour away, whenever the time is over.
    const Outcome sent = send("/status/503/1800", "--text x --wait --wait-seconds 5");

    EXPECT_EQ(sent.exit_code, 1);
    EXPECT_TRUE(sent.output.starts_with("pending: ")) << sent.output;
    EXPECT_NE(sent.output.find("(http-503)"), std::string::npos) << sent.output;
}

TEST_F(SendTest, LeavesTheMessageToTheNextServerWhenNoneRuns) {
    ASSERT_EQ(live.server.stop(), 0);
    const Outcome queued = send(mine, "--text one");
    const Outcome waited = send(mine, "--text two --wait");

    EXPECT_EQ(queued.exit_code, 0);
    EXPECT_NE(queued.output.find("waits in the outbox"), std::string::npos) << queued.output;
    EXPECT_EQ(waited.exit_code, 4);
    live.server.start();
    EXPECT_TRUE(got("posta.text/v1", 2));
    EXPECT_LT(peer.posted_to(mine).find("\"one\""), peer.posted_to(mine).find("\"two\""));
}

TEST_F(SendTest, LeavesTheMessageToAStoppedTenantsNextWorker) {
    ASSERT_EQ(live.run("ctl stop arne").exit_code, 0);
    const Outcome queued = send(mine, "--text one");

    EXPECT_EQ(queued.exit_code, 0);
    EXPECT_NE(queued.output.find("the tenant is stopped"), std::string::npos) << queued.output;
    ASSERT_EQ(live.run("ctl start arne").exit_code, 0);
    EXPECT_TRUE(got("\"one\""));
}

TEST_F(SendTest, RefusesWhatCannotBeSent) {
    const auto refused = [&](const std::string& arguments, const std::string& why) {
        const Outcome outcome = live.run("send --slug arne " + arguments);
        EXPECT_EQ(outcome.exit_code, 2) << arguments << ": " << outcome.output;
        EXPECT_NE(outcome.output.find(why), std::string::npos) << outcome.output;
    };

    refused("--to http://bob.example --text x", "non-https-scheme");
    refused("--to 127.1 --text x", "ip-literal-host");
    refused("--to bob.example < /dev/null", "not JSON");
    refused("--to bob.example --text x --wait-seconds 0", "wait-seconds");
    write_text(live.server.folder() / "p", R"({"kind":"posta.link/v1","url":"http://x.example"})");
    refused("--to bob.example < " + live.server.folder() / "p", "https");
    write_text(live.server.folder() / "p", '"' + std::string(65'400, 'x') + '"');
    refused("--to bob.example < " + live.server.folder() / "p", "65536");
    write_text(live.server.folder() / "p", std::string(32, '[') + std::string(32, ']'));
    refused("--to bob.example < " + live.server.folder() / "p", "nested");
    EXPECT_EQ(live.run("send --slug nobody --to bob.example --text x").exit_code, 1);
}

// Many shells at once, one of them while the worker is replaced: nothing is lost or sent twice, and
// the order is that of the rows.
TEST_F(SendTest, LosesNothingWhenManySendWhileTheWorkerIsReplaced) {
    constexpr int kMessages = 12;
    const std::string run = "sh -c 'for n in 1 2 3 4 5 6; do " + std::string(POSTA_SERVER) + " " +
                            words(mine, "--text " + std::string("m-$0-$n")) + " --manifest " +
                            live.server.manifest_path() + " --data-dir " + live.server.data_dir() +
                            " --run-dir " + live.server.run_dir() + "; done'";
    std::string output;
    std::thread first([&] { output = run_line(run + " a").output; });
    std::thread restarts([&] { send_signal(live.server.pid_of("arne"), SIGHUP); });
    const Outcome second = run_line(run + " b");
    first.join();
    restarts.join();

    EXPECT_EQ(output.find("posta-server:"), std::string::npos) << output;
    EXPECT_EQ(second.exit_code, 0) << second.output;
    EXPECT_TRUE(got("posta.text/v1", kMessages)) << peer.posted_to(mine);
    std::size_t last = 0;
    const std::string posted = peer.posted_to(mine);
    for (const std::string number : {"1", "2", "3", "4", "5", "6"}) {
        const std::size_t at = posted.find("\"m-a-" + number + "\"");
        EXPECT_NE(at, std::string::npos);
        EXPECT_GT(at, last);
        last = at;
    }
}

}  // namespace
}  // namespace posta::test
