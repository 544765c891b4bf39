#include "supervisor/front/route_table.h"

#include <gtest/gtest.h>

#include "supervisor/front/cidr.h"
#include "supervisor/front/refusal.h"
#include "supervisor/front/wire_run.h"

namespace posta::supervisor {
namespace {

using State = contracts::Route::State;

contracts::Route arne(State state) {
    return {"arne", "/run/arne.sock", {"a.test", "b.test"}, state};
}

TEST(RouteTable, FindsATenantByEachOfItsHosts) {
    TrafficBook traffic;
    RouteTable table;
    EXPECT_EQ(table.find("a.test"), nullptr);
    table.replace({arne(State::ready), {"marcus", "/run/m.sock", {"m.test"}, State::down}},
                  traffic);
    EXPECT_EQ(table.find("a.test")->slug, "arne");
    EXPECT_EQ(table.find("b.test")->slug, "arne");
    EXPECT_EQ(table.find("m.test")->state, State::down);
    EXPECT_EQ(table.find("c.test"), nullptr);
}

TEST(RouteTable, CountsTheConnectionsOfAllTenants) {
    TrafficBook traffic;
    RouteTable table;
    table.replace({arne(State::ready), {"marcus", "/run/m.sock", {"m.test"}, State::down}},
                  traffic);
    const TenantPlace first(table.find("a.test")->load);
    const TenantPlace second(table.find("m.test")->load);
    EXPECT_EQ(table.connections(), 2U);
}

TEST(RouteTable, EndsAConnectionsTurnWhenItsWorkerStopsBeingReady) {
    for (const State next : {State::draining, State::down}) {
        TrafficBook traffic;
        RouteTable table;
        table.replace({arne(State::ready)}, traffic);
        const std::uint64_t before = table.find("a.test")->epoch;
        table.replace({arne(State::ready)}, traffic);
        EXPECT_TRUE(table.is_current(before));
        table.replace({arne(next)}, traffic);
        EXPECT_FALSE(table.is_current(before));
        table.replace({arne(State::ready)}, traffic);
        EXPECT_FALSE(table.is_current(before));
        EXPECT_TRUE(table.is_current(table.find("a.test")->epoch));
        table.replace({}, traffic);
        EXPECT_FALSE(table.is_current(before + 1));
    }
}

TEST(AddressSet, HoldsNetworksAndSingleAddressesOfBothKinds) {
    const AddressSet set = *AddressSet::from({"10.0.0.0/8", "192.0.2.1", "fd00::/8", "0.0.0.0/32"});
    const auto holds = [&](const char* text) { return set.contains(*IpAddress::from_text(text)); };
    EXPECT_TRUE(holds("10.255.0.1"));
    EXPECT_TRUE(holds("::ffff:10.1.1.1"));
    EXPECT_TRUE(holds("192.0.2.1"));
    EXPECT_TRUE(holds("fd12::1"));
    EXPECT_FALSE(holds("11.0.0.1"));
    EXPECT_FALSE(holds("192.0.2.2"));
    EXPECT_FALSE(holds("fe80::1"));
    EXPECT_FALSE(holds("::1"));
    EXPECT_TRUE(AddressSet::from({"0.0.0.0/0"})->contains(*IpAddress::from_text("8.8.8.8")));
    EXPECT_FALSE(AddressSet::from({"0.0.0.0/0"})->contains(*IpAddress::from_text("2001:db8::1")));
}

TEST(AddressSet, RefusesWhatIsNoNetwork) {
    for (const char* bad :
         {"", "a", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8",
          "fd00::/129", "fd00::1/8", "[::1]", "10.0.0", "1.2.3.4:80"})
        EXPECT_FALSE(AddressSet::from({bad})) << bad;
    EXPECT_FALSE(AddressSet::from({std::string("10.0.0.1\0", 9)}));
    EXPECT_FALSE(IpAddress::from_text(std::string_view("::1\0x", 5)));
}

TEST(Refusal, IsJsonWithItsLengthAndTheTimeToComeBack) {
    EXPECT_EQ(
        answer_text(worker_away(), false, true),
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
        "Content-Length: 83\r\nCache-Control: no-store\r\nRetry-After: 5\r\n"
        "Connection: close\r\n\r\n"
        R"({"error":"unavailable","message":"this identity is starting again; try again soon"})");
    EXPECT_TRUE(answer_text(unknown_host(), true, false).ends_with("no-store\r\n\r\n"));
}

TEST(WireRun, JoinsOnlyPiecesThatStandSideBySide) {
    const std::string_view bytes = "abcdef";
    WireRun run;
    EXPECT_TRUE(run.add(bytes.substr(0, 2)));
    EXPECT_TRUE(run.add(bytes.substr(2, 1)));
    EXPECT_TRUE(run.add({}));
    EXPECT_EQ(run.bytes(), "abc");
    EXPECT_FALSE(run.add(bytes.substr(4)));
    run.clear();
    EXPECT_TRUE(run.add(bytes.substr(4)));
    EXPECT_EQ(run.bytes(), "ef");
}

}  // namespace
}  // namespace posta::supervisor
