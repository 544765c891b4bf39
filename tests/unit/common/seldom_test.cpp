#include "common/base/seldom.h"

#include <gtest/gtest.h>

namespace posta {
namespace {

TEST(Seldom, TellsTheFirstTimeAndThenOnceAPauseWithTheNumberOfTimes) {
    Seldom seldom(1000);
    EXPECT_EQ(seldom.once_more(5), 1U);
    for (int count = 0; count < 41; ++count) ASSERT_EQ(seldom.once_more(1004), std::nullopt);
    EXPECT_EQ(seldom.once_more(1005), 42U);
    EXPECT_EQ(seldom.once_more(1006), std::nullopt);
    EXPECT_EQ(seldom.once_more(9000), 2U);
}

}  // namespace
}  // namespace posta
