#include "supervisor/front/tenant_load.h"

#include <gtest/gtest.h>

#include <vector>

namespace posta::supervisor {
namespace {

// A front with that many places; each tenant takes all that it is given.
std::vector<std::size_t> taken_by(std::size_t tenants, std::size_t places) {
    std::vector<std::shared_ptr<TenantLoad>> loads;
    std::vector<TenantPlace> taken;
    for (std::size_t at = 0; at < tenants; ++at) loads.push_back(std::make_shared<TenantLoad>());
    for (bool more = true; more;) {
        more = false;
        for (const auto& load : loads) {
            // The connection that asks has a place already.
            if (taken.size() == places || !load->has_room(places - taken.size() - 1)) continue;
            taken.emplace_back(load);
            more = true;
        }
    }
    std::vector<std::size_t> counts;
    for (const auto& load : loads) counts.push_back(load->connections());
    return counts;
}

TEST(TenantLoad, LeavesRoomForTheOthersHoweverManyComeToOne) {
    EXPECT_EQ(taken_by(1, 100), (std::vector<std::size_t>{50}));
    for (const std::size_t count : taken_by(2, 99)) EXPECT_EQ(count, 33U);
    for (const std::size_t count : taken_by(9, 100)) EXPECT_EQ(count, 10U);
}

TEST(TenantLoad, GivesItsFirstConnectionAlways) { EXPECT_TRUE(TenantLoad().has_room(0)); }

TEST(TenantLoad, HasNoMoreThanItsLimit) {
    const auto load = std::make_shared<TenantLoad>();
    load->set_limits({.connections = 2, .requests_per_second = 0});
    const TenantPlace first(load);
    TenantPlace second(load);
    EXPECT_FALSE(load->has_room(1000));

    second = {};

    EXPECT_TRUE(load->has_room(1000));
    EXPECT_EQ(load->connections(), 1U);
}

TEST(TenantLoad, CountsAConnectionOnceWhereverItsPlaceIsMoved) {
    const auto arne = std::make_shared<TenantLoad>();
    const auto marcus = std::make_shared<TenantLoad>();
    TenantPlace place(arne);
    EXPECT_TRUE(place.is_with(arne));

    place = TenantPlace(marcus);

    EXPECT_EQ(arne->connections(), 0U);
    EXPECT_EQ(marcus->connections(), 1U);
    const TenantPlace moved = std::move(place);
    EXPECT_EQ(marcus->connections(), 1U);
}

TEST(TenantLoad, GrantsRequestsAtItsRateAndASecondOfThemAtOnce) {
    TenantLoad load;
    load.set_limits({.connections = 0, .requests_per_second = 10});
    const auto granted = [&load](std::uint64_t now_ms) {
        int count = 0;
        while (load.take_request(now_ms)) ++count;
        return count;
    };

    EXPECT_EQ(granted(5000), 10);
    EXPECT_EQ(granted(5000), 0);
    EXPECT_EQ(granted(5099), 0);
    EXPECT_EQ(granted(5100), 1);
    EXPECT_EQ(granted(5600), 5);
    EXPECT_EQ(granted(50'000), 10);
}

TEST(TenantLoad, HasNoRateUnlessOneIsGiven) {
    TenantLoad load;
    for (int count = 0; count < 10'000; ++count) ASSERT_TRUE(load.take_request(1));
}

TEST(TenantLoad, KeepsIdleConnectionsToItsWorkerOnlyWhileHalfOfItsPlacesAreFree) {
    TenantLoad load;
    load.set_limits({.worker_connections = 4});
    for (int count = 0; count < 2; ++count) load.worker_opened();
    EXPECT_TRUE(load.keeps_idle());
    load.worker_opened();
    EXPECT_FALSE(load.keeps_idle());
    EXPECT_TRUE(load.may_dial(1));
    load.worker_opened();
    EXPECT_FALSE(load.may_dial(1));
    load.worker_closed();
    EXPECT_TRUE(load.may_dial(1));
}

TEST(TenantLoad, IsNotDialledAgainByEachWhoWaits) {
    TenantLoad load;
    load.dial_failed(1050);
    EXPECT_FALSE(load.may_dial(1049));
    EXPECT_TRUE(load.may_dial(1050));
}

}  // namespace
}  // namespace posta::supervisor
