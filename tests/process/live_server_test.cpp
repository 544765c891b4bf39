// The real server, its commands and its sockets, as an operator and a monitor see them.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>

#include "common/http/head.h"
#include "common/json/parse.h"
#include "tests/support/http_client.h"
#include "tests/support/live_server.h"

namespace posta::test {
namespace {

// The process's entry in `ctl status`.
struct Status {
    std::shared_ptr<const std::string> text;  // what the values point into
    json::Value answer;
    const json::Value* process = nullptr;
};

Status status_of(const LiveServer& live, const std::string& name) {
    const auto text = std::make_shared<const std::string>(live.run("ctl status --json").output);
    auto parsed = json::parse(*text);
    if (!parsed) {
        ADD_FAILURE() << *text;
        return {};
    }
    Status status{text, *parsed};
    for (const json::Value& one : status.answer.find("result")->find("processes")->elements())
        if (one.find("name")->string() == name) status.process = &one;
    return status;
}

TEST(LiveServer, LimitsAStrangerByTheAddressThatTheFrontHasSeen) {
    const LiveServer live({"arne"});
    HttpClient client(live.server.port());
    constexpr int kInvitesPerMinute = 20;

    for (int count = 0; count < kInvitesPerMinute; ++count)
        EXPECT_EQ(client.ask(redeem_request("arne", "10.0.0.1")).status, 410);
    const Answer refused = client.ask(redeem_request("arne", "10.0.0.1"));
    const Answer other = client.ask(redeem_request("arne", "10.0.0.2"));
    const Answer chain = client.ask(redeem_request("arne", "10.0.0.3, 10.0.0.1"));

    EXPECT_EQ(refused.status, 429);
    EXPECT_TRUE(refused.head_has("\r\nRetry-After: "));
    EXPECT_EQ(other.status, 410);
    EXPECT_EQ(chain.status, 429);
}

TEST(LiveServer, RefusesWhoComesWhileItStopsAndFinishesWhatIsUnderWay) {
    LiveServer live({"arne"});
    HttpClient client(live.server.port());
    ASSERT_TRUE(
        client.send("POST / HTTP/1.1\r\nHost: arne.test\r\nContent-Type: "
                    "application/posta+json\r\nContent-Length: 2\r\n\r\n{"));
    ASSERT_TRUE(eventually([&] {
        return live.run("ctl metrics").output.find("posta_front_open_requests{front=\"0\"} 1") !=
               std::string::npos;
    }));

    live.server.signal(SIGTERM);

    EXPECT_TRUE(eventually([&] { return !connect_loopback(live.server.port()); }));
    // Had it been refused only because the server was gone, this would find nobody.
    ASSERT_TRUE(client.send("}"));
    EXPECT_NE(client.receive().status, 0);
    EXPECT_EQ(live.server.wait_for_exit(), 0);
}

TEST(LiveServer, TakesARequestAtThePublicLimitsThroughFrontAndWorker) {
    const LiveServer live({"arne"});
    HttpClient client(live.server.port());
    std::string head = "GET /setup HTTP/1.1\r\nHost: arne.test\r\n";
    for (std::size_t count = 2; count < http::kMaxFields; ++count)
        head += "X-" + std::to_string(count) + ": y\r\n";
    head += "X-Long: ";
    const std::string filler(http::kMaxHeadBytes - head.size() - 4, 'z');

    EXPECT_EQ(client.ask(head + filler + "\r\n\r\n").status, 200);
    EXPECT_EQ(client.ask(head + filler + "z\r\n\r\n").status, 431);
    EXPECT_EQ(HttpClient(live.server.port()).ask(head + "z\r\nX-More: z\r\n\r\n").status, 431);
}

TEST(LiveServer, TakesAsMuchOfAHeadAsTheManifestSays) {
    const LiveServer live({"arne"}, "front_head_bytes = 40000\nfront_head_fields = 300");
    std::string head = "GET /setup HTTP/1.1\r\nHost: arne.test\r\n";
    for (int count = 2; count < 300; ++count) head += "X-" + std::to_string(count) + ": y\r\n";
    head += "X-Long: ";
    const std::string filler(40'000 - head.size() - 4, 'z');

    EXPECT_EQ(HttpClient(live.server.port()).ask(head + filler + "\r\n\r\n").status, 200);
    EXPECT_EQ(HttpClient(live.server.port()).ask(head + filler + "z\r\n\r\n").status, 431);
    EXPECT_EQ(HttpClient(live.server.port()).ask(head + "z\r\nX-More: z\r\n\r\n").status, 431);
}

TEST(LiveServer, ReportsConnectionsRequestsAndLayers) {
    const LiveServer live({"arne"});
    const Status fresh = status_of(live, "arne");
    ASSERT_NE(fresh.process, nullptr);
    const auto& layers = fresh.process->find("report")->find("sandbox")->elements();
    HttpClient client(live.server.port());
    ASSERT_EQ(client.ask(get_request("arne", "/setup", "10.0.0.1")).status, 200);

    EXPECT_TRUE(std::any_of(layers.begin(), layers.end(), [](const json::Value& layer) {
        return layer.find("layer")->string() == "seccomp" && layer.find("strength")->string();
    }));
    for (const std::string name : {"arne", "front"})
        EXPECT_TRUE(eventually([&] {
            const Status now = status_of(live, name);
            return now.process->find("report")->find("requests")->integer() == 1;
        })) << name;
    EXPECT_NE(live.run("ctl status").output.find("SANDBOX"), std::string::npos);
}

Answer ask_admin(int port, const std::string& path) {
    return HttpClient(port).ask("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
}

int admin_port(const LiveServer& live) {
    constexpr std::string_view kMark = "admin listening at=127.0.0.1:";
    const std::string log = live.server.log();
    const std::size_t at = log.find(kMark);
    return at == std::string::npos ? 0 : std::stoi(log.substr(at + kMark.size()));
}

TEST(LiveServer, TellsAMonitorWhoIsNotReady) {
    const LiveServer live({"arne", "marcus"}, "", {"--admin-listen", "127.0.0.1:0"});
    const int port = admin_port(live);

    EXPECT_EQ(ask_admin(port, "/healthz").status, 200);
    EXPECT_EQ(ask_admin(port, "/readyz").status, 200);
    EXPECT_EQ(ask_admin(port, "/metric").status, 404);
    ASSERT_EQ(live.run("ctl stop arne").exit_code, 0);
    const Answer answer = ask_admin(port, "/readyz");

    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.body, "not ready: arne is stopped\n");
    EXPECT_EQ(ask_admin(port, "/healthz").status, 200);
}

TEST(LiveServer, OutlivesStrangersAtItsAdminSocket) {
    const LiveServer live({"arne"}, "", {"--admin-listen", "127.0.0.1:0"});
    const int port = admin_port(live);
    std::vector<UniqueFd> silent;
    for (int count = 0; count < 20; ++count) silent.push_back(connect_loopback(port));
    HttpClient loud(port);

    loud.send(std::string(1024 * 1024, 'x'));
    silent.clear();

    EXPECT_EQ(ask_admin(port, "/healthz").status, 200);
    EXPECT_EQ(live.run("ctl status").exit_code, 0);
}

}  // namespace
}  // namespace posta::test
