#include "common/base/nearest_name.h"

#include <gtest/gtest.h>

namespace posta {
namespace {

constexpr std::string_view kKnown[] = {"slug", "url", "aliases", "memory_limit_mb"};

TEST(NearestName, FindsWhatOneSlipOfTheFingerMade) {
    for (const char* typed : {"slg", "slugg", "slig", "lsug"})
        EXPECT_EQ(nearest_name(typed, kKnown), "slug") << typed;
    EXPECT_EQ(nearest_name("memory_limit", kKnown), "memory_limit_mb");
}

TEST(NearestName, SaysNothingWhenNothingIsNear) {
    for (const char* typed : {"", "x", "completely", "sss"})
        EXPECT_EQ(nearest_name(typed, kKnown), "") << typed;
    EXPECT_EQ(nearest_name(std::string(100'000, 's'), kKnown), "");
    EXPECT_EQ(did_you_mean("completely", kKnown), "");
}

TEST(NearestName, BecomesAQuestion) {
    EXPECT_EQ(did_you_mean("alises", kKnown), " (did you mean \"aliases\"?)");
}

}  // namespace
}  // namespace posta
