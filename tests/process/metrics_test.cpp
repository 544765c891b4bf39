// What Prometheus is told: the real server under load and under attack.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>
#include <map>
#include <sstream>

#include "tests/support/http_client.h"
#include "tests/support/live_server.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""ms;

class Metrics : public testing::Test {
protected:
    LiveServer live{{"arne", "marcus"}, "", {"--admin-listen", "127.0.0.1:0"}};

    std::string text() { return live.run("ctl metrics").output; }
    // By the series as it stands in the text.
    std::map<std::string, double> values() {
        std::map<std::string, double> found;
        std::istringstream in(text());
        for (std::string line; std::getline(in, line);) {
            const std::size_t space = line.rfind(' ');
            if (line.starts_with('#') || space == std::string::npos) continue;
            found[line.substr(0, space)] = std::stod(line.substr(space + 1));
        }
        return found;
    }
    // The counts reach the supervisor with a sign of life, at most a heartbeat later.
    bool comes_to(const std::string& series, double least) {
        return eventually([&] { return values()[series] >= least; });
    }
};

constexpr const char* kArneAnswered = "posta_tenant_requests_total{tenant=\"arne\",class=\"2xx\"}";

TEST_F(Metrics, AreAsPromtoolWantsThem) {
    HttpClient client(live.server.port());
    for (int count = 0; count < 3; ++count)
        EXPECT_EQ(client.ask(get_request("arne", "/setup", "10.0.0.1")).status, 200);
    EXPECT_TRUE(comes_to(kArneAnswered, 3));

    const std::string path = live.server.folder() / "metrics";
    write_text(path, text());
    const Outcome checked = run_line("promtool check metrics <" + path);
    EXPECT_EQ(checked.exit_code, 0) << checked.output << " (init/install-deps --test has promtool)";

    for (const std::string series :
         {"posta_tenant_state{tenant=\"arne\",state=\"ready\"}",
          "posta_tenant_memory_bytes{tenant=\"marcus\"}",
          "posta_tenant_disk_bytes{tenant=\"arne\"}",
          "posta_tenant_request_duration_seconds_count{tenant=\"arne\"}",
          "posta_front_ready{front=\"0\"}", "posta_supervisor_memory_bytes"})
        EXPECT_TRUE(eventually([&] { return values()[series] > 0; })) << series;
    const auto seen = values();
    for (const std::string series :
         {"posta_tenant_outbox_messages{tenant=\"arne\"}",
          "posta_tenant_connections{tenant=\"arne\"}",
          "posta_tenant_refused_for_memory_total{tenant=\"arne\"}",
          "posta_tenant_outbox_oldest_age_seconds{tenant=\"arne\"}",
          "posta_tenant_restarts_total{tenant=\"arne\"}", "posta_tenant_streams{tenant=\"arne\"}"})
        EXPECT_TRUE(seen.contains(series)) << series;
}

TEST_F(Metrics, AreServedToAMonitorToo) {
    constexpr std::string_view kMark = "admin listening at=127.0.0.1:";
    const std::string log = live.server.log();
    HttpClient client(std::stoi(log.substr(log.find(kMark) + kMark.size())));

    const Answer answer = client.ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");

    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.head_has("text/plain; version=0.0.4"));
    EXPECT_NE(answer.body.find("posta_front_accepted_total{front=\"0\"}"), std::string::npos);
}

TEST_F(Metrics, KeepWhatFrontsHaveCountedWhenAFrontDies) {
    {
        HttpClient client(live.server.port());
        EXPECT_EQ(client.ask(get_request("arne", "/setup", "10.0.0.1")).status, 200);
        EXPECT_TRUE(comes_to(kArneAnswered, 1));
    }
    const auto fronts = live.server.children("front");
    ASSERT_EQ(fronts.size(), 1U);
    send_signal(fronts[0], SIGKILL);
    EXPECT_TRUE(comes_to("posta_front_restarts_total{front=\"0\"}", 1));
    EXPECT_TRUE(comes_to("posta_front_ready{front=\"0\"}", 1));
    HttpClient client(live.server.port());
    EXPECT_EQ(client.ask(get_request("arne", "/setup", "10.0.0.1")).status, 200);

    EXPECT_TRUE(comes_to(kArneAnswered, 2));
}

// Ways to leave a front alone with a request.
void attack(int port, int round) {
    UniqueFd socket = connect_loopback(port);
    if (!socket) return;
    const std::string good = get_request("arne", "/setup", "10.0.0.9");
    switch (round % 6) {
        case 0:  // half a head
            send_all(socket.get(), good.substr(0, good.size() / 2));
            break;
        case 1: {  // a reset instead of a farewell
            send_all(socket.get(), good);
            const linger reset{1, 0};
            ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            break;
        }
        case 2:  // many, and no interest in the answers
            for (int count = 0; count < 50; ++count) send_all(socket.get(), good);
            break;
        case 3:  // nobody's name, then nonsense
            send_all(socket.get(), "GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n\x01\x02\r\n\r\n");
            break;
        case 4:  // half a body
            send_all(socket.get(),
                     "POST / HTTP/1.1\r\nHost: marcus.test\r\nContent-Length: 99\r\n\r\nhalf");
            break;
        default:  // nothing at all
            break;
    }
}

TEST_F(Metrics, AccountForEveryRequestWhateverHappens) {
    Load load(live.server.port(), {"arne", "marcus"}, 3);
    for (int round = 0; round < 300; ++round) {
        attack(live.server.port(), round);
        if (round == 100) send_signal(live.server.pid_of("marcus"), SIGKILL);
        if (round == 150) {
            EXPECT_EQ(live.run("ctl restart arne").exit_code, 0);
        }
        if (round % 50 == 0) {
            EXPECT_EQ(values()["posta_front_ledger_difference{front=\"0\"}"], 0);
        }
    }
    load.goes_on(20);
    const LoadOutcome outcome = load.stop();
    double asked = 0;
    for (const auto& [slug, count] : outcome.answered) asked += count;

    // A report may be a heartbeat old, from a moment between two requests: nothing open then says
    // nothing of those that came after it. So each count is waited for, on its own.
    EXPECT_TRUE(comes_to("posta_front_answered_total{front=\"0\"}", asked));
    EXPECT_TRUE(comes_to("posta_front_refused_total{front=\"0\",reason=\"not-found\"}", 50));
    EXPECT_TRUE(comes_to("posta_front_refused_total{front=\"0\",reason=\"bad-request\"}", 1));
    EXPECT_TRUE(comes_to("posta_front_client_left_total{front=\"0\"}", 1));
    // All connections are closed, so in the end nothing is open.
    EXPECT_TRUE(
        eventually([&] { return values()["posta_front_open_requests{front=\"0\"}"] == 0; }));
    EXPECT_EQ(values()["posta_front_ledger_difference{front=\"0\"}"], 0);
    EXPECT_TRUE(comes_to("posta_tenant_restarts_total{tenant=\"marcus\"}", 1));
}

TEST_F(Metrics, AreShownByTopOnce) {
    const Outcome top = live.run("ctl top --once --sort name");

    EXPECT_EQ(top.exit_code, 0);
    EXPECT_NE(top.output.find("2 tenants, 2 ready"), std::string::npos) << top.output;
    EXPECT_LT(top.output.find("\narne "), top.output.find("\nmarcus "));
    EXPECT_EQ(live.run("ctl top --once --sort colour").exit_code, 2);
    EXPECT_EQ(live.run("ctl top </dev/null").exit_code, 2);
}

}  // namespace
}  // namespace posta::test
