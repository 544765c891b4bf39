// `front_processes` changes while clients are connected: nobody's connection ends unsaid.

#include <gtest/gtest.h>

#include <chrono>
#include <list>

#include "tests/support/http_client.h"
#include "tests/support/live_server.h"
#include "tests/support/test_paths.h"
#include "tests/support/versions.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""ms;

class FrontCount : public testing::Test {
protected:
    Versions versions{POSTA_SERVER};
    LiveServer live{{"arne"}, "front_processes = 2\n", {}, versions.current()};
    std::list<HttpClient> idle;

    Answer ask(HttpClient& client) { return client.ask(get_request("arne", "/setup", "10.0.0.1")); }
    void connect_idle_clients() {
        constexpr int kClients = 12;
        for (int count = 0; count < kClients; ++count) {
            idle.emplace_back(live.server.port());
            ASSERT_EQ(ask(idle.back()).status, 200);
        }
    }
    void set_front_processes(const std::string& from, const std::string& to) {
        std::string text = read_text(live.server.manifest_path());
        const std::string key = "front_processes = ";
        const std::size_t at = text.find(key + from);
        ASSERT_NE(at, std::string::npos);
        write_text(live.server.manifest_path(),
                   text.replace(at, key.size() + from.size(), key + to));
        ASSERT_EQ(live.run("ctl reload").exit_code, 0);
    }
    // Every one is told, in an answer, that its connection closes.
    void expect_a_farewell() {
        for (HttpClient& client : idle) {
            const Answer answer = ask(client);
            EXPECT_EQ(answer.status, 200) << answer.body;
            EXPECT_FALSE(answer.keep_alive);
        }
    }
    bool fronts_become(std::size_t count) {
        return eventually([&] { return live.server.children("front").size() == count; });
    }
    // Longer than one that is hurried keeps idle clients.
    void let_time_pass() {
        const auto start = std::chrono::steady_clock::now();
        EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() - start > 1500ms; }));
    }
};

TEST_F(FrontCount, ShrinksWithoutEndingIdleConnectionsUnsaid) {
    connect_idle_clients();

    set_front_processes("2", "1");
    ASSERT_TRUE(live.server.logs("front: draining", 2));
    let_time_pass();

    expect_a_farewell();
    EXPECT_TRUE(fronts_become(1));
    EXPECT_EQ(HttpClient(live.server.port()).ask(get_request("arne", "/setup", "10.0.0.2")).status,
              200);
}

TEST_F(FrontCount, PassesTheDismissedOnInAnUpgrade) {
    connect_idle_clients();
    set_front_processes("2", "1");
    ASSERT_TRUE(live.server.logs("front: draining", 2));
    versions.use(versions.add("v2"));

    EXPECT_EQ(live.run("ctl upgrade").exit_code, 0);
    let_time_pass();

    expect_a_farewell();
    EXPECT_TRUE(fronts_become(1));
}

TEST_F(FrontCount, KeepsTheDismissedNoLongerThanTheServer) {
    connect_idle_clients();
    set_front_processes("2", "1");
    ASSERT_TRUE(live.server.logs("front: draining", 2));

    EXPECT_EQ(live.server.stop(), 0);

    EXPECT_EQ(live.server.log().find("SIGKILL"), std::string::npos);
}

}  // namespace
}  // namespace posta::test
