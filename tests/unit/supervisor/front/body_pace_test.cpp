#include "supervisor/front/body_pace.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr bool kCrowded = true;
constexpr bool kRoomy = false;

class BodyPaceTest : public ::testing::Test {
protected:
    BodyPaceTest() {
        limits_.body_idle = 30s;
        limits_.body_step = 5s;
        limits_.body_step_bytes = 1000;
        pace_.begin(0);
    }

    FrontLimits limits_;
    BodyPace pace_{limits_};
};

TEST_F(BodyPaceTest, LetsABodyStandStillWhileThereArePlaces) {
    EXPECT_EQ(pace_.left(0, kRoomy), 5s) << "places may run short meanwhile";
    EXPECT_EQ(pace_.left(27'000, kRoomy), 3s);
    EXPECT_EQ(pace_.left(30'000, kRoomy), 0ms);
}

TEST_F(BodyPaceTest, BeginsAnewWithEachByteWhileThereArePlaces) {
    pace_.take(1, 29'000, kRoomy);
    EXPECT_EQ(pace_.left(58'000, kRoomy), 1s);
    EXPECT_EQ(pace_.left(59'000, kRoomy), 0ms);
}

TEST_F(BodyPaceTest, EndsAStillBodyAfterAStepWhenPlacesRunShort) {
    EXPECT_EQ(pace_.left(1000, kCrowded), 4s);
    EXPECT_EQ(pace_.left(5000, kCrowded), 0ms);
}

TEST_F(BodyPaceTest, EndsADrippingBodyWhenPlacesRunShort) {
    for (std::uint64_t now = 500; now < 5000; now += 500) pace_.take(1, now, kCrowded);
    EXPECT_EQ(pace_.left(5000, kCrowded), 0ms);
}

TEST_F(BodyPaceTest, LetsASlowPhoneFinishWhenPlacesRunShort) {
    for (std::uint64_t now = 1000; now < 120'000; now += 1000) {
        pace_.take(250, now, kCrowded);
        EXPECT_GT(pace_.left(now, kCrowded), 0ms) << now;
    }
}

}  // namespace
}  // namespace posta::supervisor
