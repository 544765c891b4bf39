#include "worker/events/event_ids.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

constexpr WallTime kNow{std::chrono::milliseconds{1'800'000'000'000}};

// What a database does with it.
std::int64_t written(EventIds& ids) {
    const auto below = ids.to_reserve();
    EXPECT_TRUE(below);
    ids.on_reserved(*below);
    return *below;
}

TEST(EventIds, GrowByOne) {
    EventIds ids(0, kNow);
    const std::int64_t first = ids.take();
    EXPECT_EQ(ids.take(), first + 1);
    EXPECT_EQ(ids.next(), first + 2);
}

TEST(EventIds, AreWrittenDownInBlocksAndNotEachTime) {
    EventIds ids(0, kNow);
    written(ids);
    int writes = 0;
    for (int count = 0; count < 3'000'000; ++count) {
        if (ids.to_reserve()) {
            written(ids);
            ++writes;
        }
        ids.take();
    }
    EXPECT_LE(writes, 4);
}

TEST(EventIds, NeverPassWhatIsWrittenDownWithinATransaction) {
    EventIds ids(0, kNow);
    std::int64_t below = written(ids);
    for (int count = 0; count < 3'000'000; ++count) {
        if (ids.to_reserve()) below = written(ids);
        EXPECT_LT(ids.take(), below);
    }
}

TEST(EventIds, GoOnBehindThoseOfADeadWorkerWhateverTheClockSays) {
    EventIds dead(0, kNow);
    const std::int64_t below = written(dead);
    std::int64_t last = 0;
    for (int count = 0; count < 1000; ++count) last = dead.take();

    for (const auto jump : {std::chrono::hours{-24 * 365}, std::chrono::hours{0}})
        EXPECT_GT(EventIds(below, kNow + jump).take(), last);
}

TEST(EventIds, GrowOnWhenTheDatabaseWasPutBackFromAnOlderCopy) {
    EventIds dead(0, kNow);
    std::int64_t last = 0;
    for (int count = 0; count < 1000; ++count) last = dead.take();

    EXPECT_GT(EventIds(0, kNow + std::chrono::seconds{1}).take(), last);
}

TEST(EventIds, AreWholeNumbersForAScriptForDecades) {
    const WallTime in_2100{std::chrono::milliseconds{4'102'444'800'000}};
    EXPECT_LT(EventIds(0, in_2100).take(), std::int64_t{1} << 53);
}

}  // namespace
}  // namespace posta::worker
