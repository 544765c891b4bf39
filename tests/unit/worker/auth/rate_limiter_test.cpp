#include "worker/auth/rate_limiter.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

using namespace std::chrono_literals;

class RateLimiterTest : public testing::Test {
protected:
    // How many of `attempts` were allowed.
    int allowed(std::string_view key, int attempts) {
        int count = 0;
        for (int i = 0; i < attempts; ++i) count += limiter.charge(key, now) ? 0 : 1;
        return count;
    }

    RateLimiter limiter{20, 3};
    SteadyTime now{std::chrono::hours{5}};
};

TEST_F(RateLimiterTest, AllowsItsNumberAMinuteToEachKey) {
    EXPECT_EQ(allowed("a", 25), 20);
    EXPECT_EQ(allowed("b", 25), 20);
}

TEST_F(RateLimiterTest, NeverAllowsMoreInAnyMinute) {
    now += 0s;
    EXPECT_EQ(allowed("a", 1), 1);
    now += 59s;
    EXPECT_EQ(allowed("a", 30), 19);
    now += 2s;
    EXPECT_LE(allowed("a", 30), 1);
}

TEST_F(RateLimiterTest, NeverRefusesWhoKeepsToTheNumberInEveryMinute) {
    for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(allowed("a", 1), 1) << i;
        now += 3s;
    }
}

TEST_F(RateLimiterTest, AnnouncesAWaitThatIsJustLongEnoughAndNoLongerThanAMinute) {
    EXPECT_EQ(allowed("a", 20), 20);
    for (int round = 0; round < 50; ++round) {
        const auto wait = limiter.charge("a", now);
        ASSERT_TRUE(wait);
        EXPECT_GT(*wait, 0ms);
        EXPECT_LE(*wait, 60s);
        now += *wait - 1ms;
        EXPECT_TRUE(limiter.charge("a", now)) << round;
        now += 1ms;
        EXPECT_FALSE(limiter.charge("a", now)) << round;
        if (round % 3 == 0) now += 7s;
        allowed("a", 20);
    }
}

TEST_F(RateLimiterTest, AllowsItsNumberAgainAfterAMinute) {
    EXPECT_EQ(allowed("a", 25), 20);
    now += 59'999ms;
    EXPECT_EQ(allowed("a", 25), 0);
    now += 1ms;
    EXPECT_EQ(allowed("a", 25), 20);
}

TEST_F(RateLimiterTest, ForgetsKeysThatWereQuietForAMinute) {
    allowed("a", 20);
    allowed("b", 1);
    EXPECT_EQ(limiter.remembered(), 2U);
    now += 1min;
    allowed("c", 1);
    EXPECT_EQ(limiter.remembered(), 1U);
}

TEST_F(RateLimiterTest, RemembersABoundedNumberOfKeys) {
    for (int i = 0; i < 1000; ++i) allowed(std::to_string(i), 1);

    EXPECT_EQ(limiter.remembered(), 3U);
    EXPECT_EQ(allowed("999", 25), 19);
}

TEST_F(RateLimiterTest, ForgetsTheQuietestKeyFirst) {
    allowed("a", 20);
    allowed("b", 1);
    allowed("c", 1);
    allowed("a", 1);
    allowed("d", 1);

    EXPECT_EQ(allowed("a", 5), 0);
    EXPECT_EQ(allowed("b", 25), 20);
}

TEST_F(RateLimiterTest, HasNoLimitWhenItIsZero) {
    RateLimiter unlimited(0, 1);
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(unlimited.charge("a", now));
}

TEST(AddressKey, TakesTheNetworkOfAnIpv6Client) {
    EXPECT_EQ(address_key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    EXPECT_EQ(address_key("2001:db8:1:2::9"), address_key("2001:0db8:1:2:ffff::1"));
    EXPECT_NE(address_key("2001:db8:1:3::9"), address_key("2001:db8:1:2::9"));
}

TEST(AddressKey, LeavesOthersAsTheyAre) {
    EXPECT_EQ(address_key("203.0.113.9"), "203.0.113.9");
    EXPECT_EQ(address_key("::ffff:203.0.113.9"), "::ffff:203.0.113.9");
    EXPECT_EQ(address_key(""), "");
}

}  // namespace
}  // namespace posta::worker
