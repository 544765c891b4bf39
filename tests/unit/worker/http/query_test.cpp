#include "worker/http/query.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

TEST(Query, FindsAndDecodesAParameter) {
    EXPECT_EQ(query_parameter("invite=pinv_a-b", "invite"), "pinv_a-b");
    EXPECT_EQ(query_parameter("a=1&peer=https%3A%2F%2Fx.example%2f&b", "peer"),
              "https://x.example/");
    EXPECT_EQ(query_parameter("q=two+words", "q"), "two words");
    EXPECT_EQ(query_parameter("q=a=b", "q"), "a=b");
    EXPECT_EQ(query_parameter("%71=1", "q"), "1");
}

TEST(Query, TakesTheFirstOfSeveral) { EXPECT_EQ(query_parameter("q=1&q=2", "q"), "1"); }

TEST(Query, TellsEmptyFromAbsent) {
    EXPECT_EQ(query_parameter("q=", "q"), "");
    EXPECT_EQ(query_parameter("q", "q"), "");
    EXPECT_EQ(query_parameter("", "q"), std::nullopt);
    EXPECT_EQ(query_parameter("qq=1&=q", "q"), std::nullopt);
}

TEST(Query, GivesAValueWithABrokenEscapeAsItStands) {
    for (const char* value : {"%", "%4", "%zz", "%61%2", "a+%2"})
        EXPECT_EQ(query_parameter(std::string("q=") + value, "q"), value);
    EXPECT_EQ(query_parameter("%zz=1", "%zz"), std::nullopt);
}

}  // namespace
}  // namespace posta::worker
