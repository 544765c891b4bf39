#include "common/json/write.h"

#include <gtest/gtest.h>

#include "common/json/parse.h"

namespace posta::json {
namespace {

TEST(JsonWrite, WritesNestedValuesWithoutSpaces) {
    Writer out;
    out.begin_object().member("url", "https://a.example").member("n", 7).member("ok", true);
    out.key("keys").begin_array().string("x").number(-1).null().begin_object().end_object();
    out.end_array().key("payload").raw("1.50e+02").end_object();
    EXPECT_EQ(std::move(out).text(),
              R"({"url":"https://a.example","n":7,"ok":true,"keys":["x",-1,null,{}],)"
              R"("payload":1.50e+02})");
}

TEST(JsonWrite, EscapesSoThatEveryTextReadsBackTheSame) {
    std::string all;
    for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
    all += "\u00e6\u20ac\U0001F600";
    Writer out;
    const std::string text = std::move(out.string(all)).text();
    EXPECT_EQ(parse(text).value().string(), all);
}

TEST(JsonWrite, ReplacesBytesThatAreNotUtf8) {
    Writer out;
    EXPECT_EQ(std::move(out.string("a\xff\xc3z")).text(), "\"a\uFFFD\uFFFDz\"");
}

TEST(JsonWriteDeathTest, EndsTheProcessOnUnbalancedCalls) {
    EXPECT_DEATH({ Writer().begin_object().string("no key"); }, "");
    EXPECT_DEATH({ Writer().begin_array().end_object(); }, "");
    EXPECT_DEATH({ std::move(Writer().begin_array()).text(); }, "");
}

}  // namespace
}  // namespace posta::json
