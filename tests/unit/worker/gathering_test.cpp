#include "worker/gathering.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kStart{};

TEST(Gathering, CommitsAtOnceWhenNothingElseIsComing) {
    Gathering gathering;
    gathering.committed(kStart, kStart + 5ms);

    EXPECT_FALSE(gathering.waits(false, kStart + 5ms));
}

TEST(Gathering, WaitsAsLongAsTheLastCommitTook) {
    Gathering gathering;
    EXPECT_FALSE(gathering.waits(true, kStart)) << "nothing is known of the disk yet";
    gathering.committed(kStart, kStart + 5ms);

    EXPECT_TRUE(gathering.waits(true, kStart + 20ms));
    EXPECT_TRUE(gathering.waits(true, kStart + 24ms));
    EXPECT_FALSE(gathering.waits(true, kStart + 25ms));
}

TEST(Gathering, BeginsAnewAfterEachCommit) {
    Gathering gathering;
    gathering.committed(kStart, kStart + 5ms);
    EXPECT_TRUE(gathering.waits(true, kStart + 20ms));
    gathering.committed(kStart + 25ms, kStart + 27ms);

    EXPECT_TRUE(gathering.waits(true, kStart + 30ms));
    EXPECT_FALSE(gathering.waits(true, kStart + 32ms));
}

TEST(Gathering, ASlowDiskIsNotWaitedForLong) {
    Gathering gathering;
    gathering.committed(kStart, kStart + 3s);

    EXPECT_TRUE(gathering.waits(true, kStart + 4s));
    EXPECT_FALSE(gathering.waits(true, kStart + 4s + 10ms));
}

}  // namespace
}  // namespace posta::worker
