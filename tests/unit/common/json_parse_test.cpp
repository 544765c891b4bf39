#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <string>
#include <string_view>

#include "common/json/parse.h"

namespace posta::json {
namespace {

using namespace std::literals;

std::string nested(int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
}

std::string reason_for(std::string_view text) {
    const auto outcome = parse(text);
    return outcome ? "accepted" : outcome.error().reason;
}

TEST(JsonParse, GivesEveryValueItsExactBytes) {
    const std::string text =
        " { \"a\" : [ 1.50e+02 , -0,\"x\\u00e9\\\"\" ] ,\"b\":{ \"c\" :null},\"d\":true , "
        "\"e\":\"\"} ";

    const auto parsed = parse(text);

    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->raw(), text.substr(1, text.size() - 2));
    const Value* array = parsed->find("a");
    ASSERT_NE(array, nullptr);
    EXPECT_EQ(array->raw(), "[ 1.50e+02 , -0,\"x\\u00e9\\\"\" ]");
    ASSERT_EQ(array->elements().size(), 3U);
    EXPECT_EQ(array->elements()[0].raw(), "1.50e+02");
    EXPECT_EQ(array->elements()[1].raw(), "-0");
    EXPECT_EQ(array->elements()[2].raw(), "\"x\\u00e9\\\"\"");
    EXPECT_EQ(array->elements()[2].string(), "x\u00e9\"");
    EXPECT_EQ(parsed->find("b")->raw(), "{ \"c\" :null}");
    EXPECT_EQ(parsed->find("b")->find("c")->raw(), "null");
    EXPECT_EQ(parsed->find("d")->raw(), "true");
    EXPECT_EQ(parsed->find("e")->raw(), "\"\"");
    EXPECT_EQ(parsed->find("f"), nullptr);
}

TEST(JsonParse, TakesAScalarAtTheTop) {
    for (const auto text : {"1", "\"x\"", "null", " false\n", "1e999", "-0.0"}) {
        EXPECT_TRUE(parse(text)) << text;
    }
    EXPECT_EQ(parse(" 12 ").value().raw(), "12");
}

TEST(JsonParse, KeepsNumbersThatNoDoubleHolds) {
    const std::string digits(5000, '9');
    for (const std::string& number :
         {"1e999"s, "-1E+99999999999"s, "1e-99999999999999999999"s, digits, "0." + digits}) {
        const std::string text = "[" + number + "]";
        const auto parsed = parse(text);
        ASSERT_TRUE(parsed) << number.substr(0, 40);
        EXPECT_EQ(parsed->elements()[0].raw(), number);
    }
}

TEST(JsonParse, RefusesMalformedNumbers) {
    for (const std::string number :
         {"01",        "-",     "+1",    "1.",  ".5", "1e",   "1e+", "-01",
          "1.5.5",     "1e5e5", "1e5.5", "0x1", "1-", "1-1",  "NaN", "Infinity",
          "-Infinity", "00",    "--1",   "1 2", "0-", "1.e5", "1e5-"}) {
        EXPECT_FALSE(parse(number)) << number;
        EXPECT_FALSE(parse("[" + number + "]")) << number;
        EXPECT_FALSE(parse("{\"a\":" + number + "}")) << number;
    }
}

TEST(JsonParse, DoesNotMistakeTextInStringsForNumbers) {
    const std::string text = R"({"1e999":"01 \" 5","x\\":5,"y":"\\\"7"})";
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->find("1e999")->string(), "01 \" 5");
    EXPECT_EQ(parsed->find("x\\")->integer(), 5);
    EXPECT_EQ(parsed->find("y")->string(), "\\\"7");
}

TEST(JsonParse, RefusesBadGrammar) {
    for (const auto text :
         {"",         " ",     "[1,]",    "{\"a\":1,}",  "{,}",       "[,1]",     "{\"a\"}",
          "{\"a\":}", "{a:1}", "'a'",     "[1",          "{\"a\":1",  "\"a",      "nul",
          "tru",      "nulll", "True",    "[1]]",        "1 x",       "{} {}",    "// c\n1",
          "/* c */1", "[1 2]", "\"\\x\"", "\"\\u12g4\"", "\"\\u12\"", "\"a\nb\"", "\"\t\"",
          "]"}) {
        EXPECT_FALSE(parse(text)) << text;
    }
}

TEST(JsonParse, RefusesAZeroByteAnywhere) {
    for (const auto text : {"1\0"sv, "{}\0x"sv, "\0{}"sv, "\"a\0b\""sv, "[1,\0 2]"sv}) {
        EXPECT_EQ(reason_for(text), "zero byte");
    }
}

TEST(JsonParse, RefusesWhatIsNotUtf8) {
    for (const auto bytes : {"\xff", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                             "\xc3", "\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
        EXPECT_FALSE(parse("\""s + bytes + "\""));
        EXPECT_FALSE(parse("{\""s + bytes + "\":1}"));
        EXPECT_FALSE(parse("["s + bytes + "]"));
    }
    EXPECT_FALSE(parse("\xef\xbb\xbf{}")) << "a byte order mark";
    EXPECT_EQ(reason_for("\"\xc3\""), "not UTF-8");
    EXPECT_TRUE(parse("\"\u00e6\u20ac\U0001F600\x7f\""));
}

// Long texts: the address sanitizer sees a byte read past the end of those on the heap only.
TEST(JsonParse, ReadsNothingPastATextThatEndsWithinACharacter) {
    const std::string start = "{\"" + std::string(100, 'k');
    for (const auto bytes : {"\xc3", "\xe0", "\xe2\x82", "\xf0", "\xf0\x9f", "\xf0\x9f\x98"}) {
        const auto refused = parse(start + bytes);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().offset, start.size());
    }
}

TEST(JsonParse, RefusesUnpairedSurrogatesInValuesAndKeys) {
    for (const std::string escape :
         {"\\ud800", "\\udc00", "\\ud800x", "\\ud800\\ud800", "\\udfff", "\\udc00\\ud800"}) {
        EXPECT_FALSE(parse("\"" + escape + "\"")) << escape;
        EXPECT_FALSE(parse("{\"" + escape + "\":1}")) << escape;
    }
    EXPECT_EQ(parse("\"\\ud83d\\ude00\"").value().string(), "\U0001F600");
    EXPECT_EQ(parse("\"a\\u0000b\"").value().string(), "a\0b"sv);
}

TEST(JsonParse, RefusesDuplicateKeysComparedAfterDecoding) {
    EXPECT_EQ(reason_for(R"({"a":1,"a":2})"), "duplicate key \"a\"");
    EXPECT_EQ(reason_for(R"({"a":1,"\u0061":2})"), "duplicate key \"a\"");
    EXPECT_EQ(reason_for(R"([{"x":{"b":1,"c":2,"b":3}}])"), "duplicate key \"b\"");
    EXPECT_EQ(reason_for(R"({"":1,"":2})"), "duplicate key \"\"");
    EXPECT_EQ(reason_for(R"({"a":{"a":1},"A":2})"), "accepted");
}

TEST(JsonParse, LimitsDepthTo32) {
    EXPECT_EQ(reason_for(nested(32)), "accepted");
    EXPECT_EQ(reason_for(nested(33)), "nested deeper than 32");
    EXPECT_EQ(reason_for("{\"a\":" + nested(31) + "}"), "accepted");
    EXPECT_EQ(reason_for("{\"a\":" + nested(32) + "}"), "nested deeper than 32");
    EXPECT_EQ(reason_for(std::string(1 << 20, '[')), "nested deeper than 32");
}

TEST(JsonParse, GivesIntegersOnlyWhenTheyAreSpelledSo) {
    EXPECT_EQ(parse("9223372036854775807").value().integer(), INT64_MAX);
    EXPECT_EQ(parse("-9223372036854775808").value().integer(), INT64_MIN);
    for (const auto text : {"9223372036854775808", "1.0", "1e0", "\"1\"", "true", "null"}) {
        EXPECT_EQ(parse(text).value().integer(), std::nullopt) << text;
    }
}

TEST(JsonParse, FindsEachOfManyMembers) {
    std::string text = "{";
    for (int i = 0; i < 100; ++i)
        text += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    text.back() = '}';

    const auto parsed = parse(text);

    ASSERT_TRUE(parsed);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(parsed->find("k" + std::to_string(i))->integer(), i);
    EXPECT_EQ(parsed->find("k100"), nullptr);
    EXPECT_EQ(parsed->find(""), nullptr);
    EXPECT_EQ(parsed->members()[42].first, "k42");
}

TEST(JsonParse, TakesNoLongerPerMemberWhenThereAreMany) {
    const auto object_of = [](int count) {
        std::string text = "{";
        for (int i = 0; i < count; ++i) text += "\"" + std::to_string(i) + "\":0,";
        text.back() = '}';
        return text;
    };
    // Of the processor: others that want it must not count.
    const auto time_for = [](const std::string& text) {
        auto best = std::numeric_limits<std::clock_t>::max();
        for (int i = 0; i < 3; ++i) {
            const std::clock_t start = std::clock();
            EXPECT_TRUE(parse(text));
            best = std::min(best, std::clock() - start);
        }
        return best;
    };
    // 16 times the members: about 20 times the time when sorted, 256 times when compared pairwise.
    EXPECT_LT(time_for(object_of(32'000)), 100 * time_for(object_of(2'000)));
}

TEST(JsonParse, RefusesMoreValuesThanTheCallerTakes) {
    EXPECT_TRUE(parse("[0,{\"a\":1}]", 4));
    const auto refused = parse("[0,{\"a\":1}]", 3);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "more than 3 values");
}

}  // namespace
}  // namespace posta::json
