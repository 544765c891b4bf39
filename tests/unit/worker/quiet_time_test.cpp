#include "worker/quiet_time.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

TEST(QuietTime, BeginsOnceAfterWork) {
    QuietTime quiet;
    EXPECT_FALSE(quiet.begins(3));
    EXPECT_FALSE(quiet.begins(7)) << "still at work";

    EXPECT_TRUE(quiet.begins(7));
    EXPECT_FALSE(quiet.begins(7)) << "it has begun already";
    EXPECT_FALSE(quiet.begins(8));
    EXPECT_TRUE(quiet.begins(8)) << "the next one";
}

TEST(QuietTime, NeverBeginsWhenNothingWasDone) {
    QuietTime quiet;
    EXPECT_FALSE(quiet.begins(0));
    EXPECT_FALSE(quiet.begins(0));
}

}  // namespace
}  // namespace posta::worker
