#include "worker/admin/lifetime.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

using namespace std::chrono_literals;

TEST(Lifetime, IsANumberAndAUnit) {
    EXPECT_EQ(lifetime_from("90s"), 90s);
    EXPECT_EQ(lifetime_from("30m"), 30min);
    EXPECT_EQ(lifetime_from("24h"), 24h);
    EXPECT_EQ(lifetime_from("7d"), 7 * 24h);
    EXPECT_EQ(lifetime_from("007d"), 7 * 24h);
}

TEST(Lifetime, IsAMinuteAtLeastAndThirtyDaysAtMost) {
    EXPECT_EQ(lifetime_from("60s"), 1min);
    EXPECT_EQ(lifetime_from("1m"), 1min);
    EXPECT_EQ(lifetime_from("30d"), 30 * 24h);
    EXPECT_EQ(lifetime_from("2592000s"), 30 * 24h);
    for (const char* text : {"59s", "0m", "31d", "721h", "2592001s", "99999999d"})
        EXPECT_EQ(lifetime_from(text), std::nullopt) << text;
}

TEST(Lifetime, IsNothingElse) {
    for (const char* text : {"", "s", "24", "h24", "24 h", " 24h", "24h ", "-1h", "+1h", "1.5h",
                             "1h30m", "24H", "1w", "0x9m", "soon", "18446744073709551616s"})
        EXPECT_EQ(lifetime_from(text), std::nullopt) << text;
}

}  // namespace
}  // namespace posta::worker
