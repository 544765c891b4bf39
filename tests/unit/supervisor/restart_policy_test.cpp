#include "supervisor/lifecycle/restart_policy.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr double kMiddle = 0.5;  // no jitter

TEST(RestartPolicy, DoublesFrom200MillisecondsToAMinute) {
    RestartPolicy restarts({});
    std::vector<RestartPolicy::Duration> delays;

    for (int death = 0; death < 11; ++death)
        delays.push_back(restarts.delay_after_exit(0s, kMiddle));

    EXPECT_EQ(delays,
              (std::vector<RestartPolicy::Duration>{200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms,
                                                    12800ms, 25600ms, 51200ms, 60s, 60s}));
}

TEST(RestartPolicy, ForgetsEarlierDeathsAfterAMinuteOfService) {
    RestartPolicy restarts({});
    restarts.delay_after_exit(0s, kMiddle);
    restarts.delay_after_exit(0s, kMiddle);

    EXPECT_EQ(restarts.delay_after_exit(59'999ms, kMiddle), 800ms);
    EXPECT_EQ(restarts.delay_after_exit(60s, kMiddle), 200ms);
    EXPECT_EQ(restarts.delay_after_exit(0s, kMiddle), 400ms);
}

// Doubled without end, what it counts in would overflow within the hour.
TEST(RestartPolicy, StaysAtAMinuteForOneThatDiesForWeeks) {
    RestartPolicy restarts({});
    for (int death = 0; death < 9; ++death) restarts.delay_after_exit(0s, kMiddle);

    for (int death = 0; death < 20'000; ++death)
        ASSERT_EQ(restarts.delay_after_exit(0s, kMiddle), 60s) << death;
}

TEST(RestartPolicy, ForgetsThemOnCommand) {
    RestartPolicy restarts({});
    restarts.delay_after_exit(0s, kMiddle);

    restarts.clear();

    EXPECT_EQ(restarts.delay_after_exit(0s, kMiddle), 200ms);
}

TEST(RestartPolicy, MovesByATenthAtMostAndNeverBeyondTheCeiling) {
    EXPECT_EQ(RestartPolicy({}).delay_after_exit(0s, 0.0), 180ms);
    EXPECT_LE(RestartPolicy({}).delay_after_exit(0s, 0.9999), 220ms);
    RestartPolicy at_ceiling({.first_delay = 60s});
    EXPECT_EQ(at_ceiling.delay_after_exit(0s, 0.9999), 60s);
}

}  // namespace
}  // namespace posta::supervisor
