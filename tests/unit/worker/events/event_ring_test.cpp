#include "worker/events/event_ring.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

TEST(EventRing, KnowsNothingOfWhatWasBefore) {
    const EventRing ring(100);
    EXPECT_FALSE(ring.reaches_back_to(99));
    EXPECT_FALSE(ring.reaches_back_to(-1));
    EXPECT_TRUE(ring.reaches_back_to(100));
    EXPECT_EQ(ring.after(100), nullptr);
}

TEST(EventRing, GivesTheEventsAfterAnIdInOrder) {
    EventRing ring(100);
    for (const std::int64_t id : {101, 103, 104}) ring.add(id, inbound_event(id));

    EXPECT_EQ(ring.after(100)->id, 101);
    EXPECT_EQ(ring.after(101)->id, 103);
    EXPECT_EQ(ring.after(102)->event.row_id, 103);
    EXPECT_EQ(ring.after(104), nullptr);
}

TEST(EventRing, ReplaysAtLeastAThousandAndTwentyFour) {
    EventRing ring(0);
    for (std::int64_t id = 1; id <= 3000; ++id) ring.add(id, resync_event());

    EXPECT_TRUE(ring.reaches_back_to(3000 - 1024));
    EXPECT_EQ(ring.after(3000 - 1024)->id, 3000 - 1023);
    EXPECT_FALSE(ring.reaches_back_to(3000 - 1025));
}

}  // namespace
}  // namespace posta::worker
