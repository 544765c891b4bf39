#include "common/contracts/front_contract.h"

#include <gtest/gtest.h>

namespace posta::contracts {
namespace {

TEST(FrontContract, CarriesRoutesThere) {
    const std::vector<Route> sent{
        {"arne",
         "/run/posta/arne.sock",
         {"arne.example", "msg.arne.example"},
         Route::State::ready,
         50,
         20},
        {"tarald", "/run/posta/tarald.sock", {"tarald.example"}, Route::State::draining},
        {"marcus", "/run/posta/marcus.sock", {"marcus.example"}, Route::State::down},
        {"bodil", "/run/posta/bodil.sock", {"bodil.example"}, Route::State::off},
    };

    const Result<std::vector<Route>> routes = routes_from(to_line(sent));

    ASSERT_TRUE(routes);
    ASSERT_EQ(routes->size(), sent.size());
    for (std::size_t at = 0; at < sent.size(); ++at) {
        EXPECT_EQ((*routes)[at].slug, sent[at].slug);
        EXPECT_EQ((*routes)[at].socket_path, sent[at].socket_path);
        EXPECT_EQ((*routes)[at].hosts, sent[at].hosts);
        EXPECT_EQ((*routes)[at].state, sent[at].state);
        EXPECT_EQ((*routes)[at].connection_limit, sent[at].connection_limit);
        EXPECT_EQ((*routes)[at].requests_per_second, sent[at].requests_per_second);
        EXPECT_EQ((*routes)[at].worker_connections, sent[at].worker_connections);
        EXPECT_EQ((*routes)[at].access_log, sent[at].access_log);
    }
}

TEST(FrontContract, IsOneReadableLine) {
    EXPECT_EQ(
        to_line({{"arne", "/r/arne.sock", {"arne.example"}, Route::State::ready}}),
        R"(routes {"routes":[{"slug":"arne","socket":"/r/arne.sock",)"
        R"("hosts":["arne.example"],"state":"ready",)"
        R"("connection_limit":0,"requests_per_second":0,"worker_connections":1024,"access_log":"off"}]})");
}

TEST(FrontContract, RefusesWhatIsNoTable) {
    for (
        const std::string_view line :
        {"routes", "routes ", "routes []", "routes {}", "route {\"routes\":[]}",
         R"(routes {"routes":[1]})",
         R"(routes {"routes":[{"slug":"a","socket":"/s","hosts":["h"]}]})",
         R"(routes {"routes":[{"slug":"a","socket":"/s","hosts":["h"],"state":"up","connection_limit":0,"requests_per_second":0,"worker_connections":0,"access_log":"off"}]})",
         R"(routes {"routes":[{"slug":"a","socket":"/s","hosts":[1],"state":"down","connection_limit":0,"requests_per_second":0,"worker_connections":0,"access_log":"off"}]})",
         R"(routes {"routes":[]} x)"}) {
        EXPECT_FALSE(routes_from(line)) << line;
    }
}

}  // namespace
}  // namespace posta::contracts
