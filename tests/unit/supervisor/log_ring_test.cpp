#include "supervisor/logs/log_ring.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

TEST(LogRing, GivesTheLastLinesOldestFirst) {
    LogRing ring;
    EXPECT_TRUE(ring.last(5).empty());
    for (const char* line : {"a", "b", "c"}) ring.add(line);

    EXPECT_EQ(ring.last(2), (std::vector<std::string_view>{"b", "c"}));
    EXPECT_EQ(ring.last(9).size(), 3U);
    EXPECT_TRUE(ring.last(0).empty());
}

TEST(LogRing, ForgetsTheOldestBeyondSoManyLines) {
    LogRing ring;
    for (std::size_t at = 0; at <= LogRing::kMostLines; ++at) ring.add(std::to_string(at));

    const auto lines = ring.last(10'000);

    ASSERT_EQ(lines.size(), LogRing::kMostLines);
    EXPECT_EQ(lines.front(), "1");
}

TEST(LogRing, ForgetsTheOldestBeyondSoManyBytes) {
    LogRing ring;
    for (int at = 0; at < 100; ++at) ring.add(std::string(4096, 'x'));

    EXPECT_LE(ring.bytes(), LogRing::kMostBytes);
    EXPECT_EQ(ring.last(1000).size(), LogRing::kMostBytes / 4096);

    ring.add(std::string(2 * LogRing::kMostBytes, 'y'));
    EXPECT_EQ(ring.last(1000).size(), 1U);  // one that is longer than all is still the last
}

}  // namespace
}  // namespace posta::supervisor
