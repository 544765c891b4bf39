#include "common/base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace posta {
namespace {

Result<std::unique_ptr<int>> make(bool good) {
    if (!good) return Error{ErrorCode::invalid, "not good"};
    return std::make_unique<int>(7);
}

Result<int> use(bool good) {
    const std::unique_ptr<int> value = TRY(make(good));
    return *value;
}

Result<void> chain(bool good) {
    TRY(use(good).within("outer"));
    return {};
}

TEST(Result, PassesMoveOnlyValuesThroughTry) { EXPECT_EQ(use(true).value(), 7); }

TEST(Result, ReturnsTheErrorOfAFailedTry) {
    const Result<int> result = use(false);

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::invalid);
}

TEST(Result, PutsContextInFrontOnce) {
    EXPECT_TRUE(chain(true));
    EXPECT_EQ(chain(false).error().message, "outer: not good");
}

TEST(Result, DiesWhenTheWrongSideIsAsked) {
    EXPECT_DEATH({ [[maybe_unused]] auto value = make(false).value(); }, "broken invariant");
}

}  // namespace
}  // namespace posta
