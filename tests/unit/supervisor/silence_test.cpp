#include "supervisor/lifecycle/silence.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

using std::chrono_literals::operator""s;

constexpr SteadyTime kStart{};

TEST(Silence, IsTheTimeSinceTheLastSign) {
    Silence silence;
    silence.begin(kStart);
    EXPECT_EQ(silence.length(kStart + 5s, 5s), 5s);
    EXPECT_EQ(silence.length(kStart + 10s, 5s), 10s);
    silence.break_off(kStart + 12s);
    EXPECT_EQ(silence.length(kStart + 15s, 5s), 3s);
}

TEST(Silence, DoesNotCountTimeInWhichNobodyListened) {
    Silence silence;
    silence.begin(kStart);
    EXPECT_EQ(silence.length(kStart + 5s, 5s), 5s);
    EXPECT_EQ(silence.length(kStart + 3600s, 5s), 10s) << "held up for an hour";
    EXPECT_EQ(silence.length(kStart + 3605s, 5s), 15s);
    EXPECT_EQ(silence.held_up(), 3590s);
}

TEST(Silence, IsNeverShorterThanNothing) {
    Silence silence;
    silence.begin(kStart);
    silence.break_off(kStart + 99s);
    EXPECT_EQ(silence.length(kStart + 100s, 5s), 0s) << "the sign came while it was held up";
}

}  // namespace
}  // namespace posta::supervisor
