#include "supervisor/lifecycle/restart_pace.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr SteadyTime kStart{std::chrono::hours{1}};

RestartPace spent() {
    RestartPace pace({.at_once = 3, .then_every = 1s});
    for (int count = 0; count < 3; ++count) EXPECT_EQ(pace.take(kStart), 0ms);
    return pace;
}

TEST(RestartPace, LetsAFewFollowEachOtherAtOnce) { EXPECT_GT(spent().take(kStart), 0ms); }

TEST(RestartPace, SaysHowLongIsMissing) {
    RestartPace pace = spent();

    EXPECT_EQ(pace.take(kStart + 400ms), 600ms);
    EXPECT_EQ(pace.take(kStart + 1s), 0ms);
    EXPECT_EQ(pace.take(kStart + 1s), 1s);
}

TEST(RestartPace, CountsNoneThatHadToWait) {
    RestartPace pace = spent();
    for (int count = 0; count < 100; ++count) pace.take(kStart);

    EXPECT_EQ(pace.take(kStart), 1s);
}

TEST(RestartPace, IsWholeAgainAfterAQuietTime) {
    RestartPace pace = spent();
    for (int count = 0; count < 3; ++count) EXPECT_EQ(pace.take(kStart + 60s), 0ms);

    EXPECT_GT(pace.take(kStart + 60s), 0ms);
}

TEST(RestartPace, ForgetsOnDemand) {
    RestartPace pace = spent();

    pace.clear();

    EXPECT_EQ(pace.take(kStart), 0ms);
}

}  // namespace
}  // namespace posta::supervisor
