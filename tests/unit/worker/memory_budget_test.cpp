#include "worker/memory_budget.h"

#include <gtest/gtest.h>

#include <memory>

namespace posta::worker {
namespace {

using Share = MemoryBudget::Share;
constexpr std::size_t kMib = 1024 * 1024;

TEST(MemoryBudget, LetsInWhatFitsAndRefusesTheRest) {
    MemoryBudget budget(100);
    MemoryShare first(budget);
    MemoryShare second(budget);

    EXPECT_TRUE(first.grow_to(60, Share::whole));
    EXPECT_FALSE(second.grow_to(41, Share::whole));
    EXPECT_EQ(budget.used(), 60U) << "what was refused holds nothing";
    EXPECT_EQ(budget.refused(), 1U);
    EXPECT_TRUE(second.grow_to(40, Share::whole));
    EXPECT_EQ(budget.used(), 100U);
}

TEST(MemoryBudget, HasRoomAgainOnceAHolderHasGone) {
    MemoryBudget budget(100);
    auto first = std::make_unique<MemoryShare>(budget, 100);
    MemoryShare second(budget);
    EXPECT_FALSE(second.grow_to(1, Share::whole));

    first.reset();

    EXPECT_EQ(budget.used(), 0U);
    EXPECT_TRUE(second.grow_to(100, Share::whole));
}

TEST(MemoryBudget, KeepsOneHalfForTheOwner) {
    MemoryBudget budget(100);
    MemoryShare stranger(budget);
    MemoryShare other_stranger(budget);
    MemoryShare owner(budget);

    EXPECT_TRUE(stranger.grow_to(50, Share::half));
    EXPECT_FALSE(other_stranger.grow_to(1, Share::half));
    EXPECT_TRUE(owner.grow_to(50, Share::whole));
}

TEST(MemoryBudget, CountsOnlyTheGrowthOfWhatGrows) {
    MemoryBudget budget(100);
    MemoryShare share(budget, 60);

    EXPECT_TRUE(share.grow_to(100, Share::whole));
    EXPECT_FALSE(share.grow_to(101, Share::whole));
    EXPECT_EQ(share.bytes(), 100U);
    EXPECT_TRUE(share.grow_to(10, Share::whole)) << "to shrink always fits";
    EXPECT_EQ(budget.used(), 10U);
}

TEST(MemoryBudget, IsShortWhileMoreIsThereThanItHas) {
    MemoryBudget budget(100);
    MemoryShare answer(budget);
    answer.set(100);
    EXPECT_FALSE(budget.is_short());

    answer.set(101);
    EXPECT_TRUE(budget.is_short());
    EXPECT_FALSE(budget.fits(0));

    answer.set(0);
    EXPECT_FALSE(budget.is_short());
}

TEST(MemoryForRequests, IsTheRestOfTheLimitAndNeverNothing) {
    EXPECT_GE(memory_for_requests(32), 4 * kMib) << "two bodies of the largest size";
    EXPECT_GE(memory_for_requests(256), 128 * kMib) << "all connections with a body of a stranger";
    EXPECT_LT(memory_for_requests(256), 200 * kMib);
    EXPECT_GT(memory_for_requests(0), 1'000'000 * kMib) << "no limit";
    for (int limit = 32; limit < 4096; ++limit) {
        const std::size_t all = static_cast<std::size_t>(limit) * kMib;
        ASSERT_LE(memory_for_requests(limit) + 4 * most_bytes_of_a_page(limit) + 12 * kMib, all)
            << limit;
        ASSERT_LE(memory_for_requests(limit), memory_for_requests(limit + 1)) << limit;
    }
}

TEST(MemoryForRequests, CutsNoPageAtTheUsualLimit) {
    EXPECT_GE(most_bytes_of_a_page(256), std::size_t{200} * 65'536);
}

}  // namespace
}  // namespace posta::worker
