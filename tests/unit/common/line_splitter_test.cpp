#include "common/contracts/line_splitter.h"

#include <gtest/gtest.h>

namespace posta::contracts {
namespace {

TEST(LineSplitter, JoinsPartsAndCutsAtNewlines) {
    LineSplitter lines(100);

    lines.add("re");
    EXPECT_EQ(lines.next(), std::nullopt);
    lines.add("ady\n\npo");
    lines.add("ng\n");

    EXPECT_EQ(lines.next(), "ready");
    EXPECT_EQ(lines.next(), "");
    EXPECT_EQ(lines.next(), "pong");
    EXPECT_EQ(lines.next(), std::nullopt);
    EXPECT_FALSE(lines.too_long());
}

// A supervisor hands what is unfinished to its successor: nothing is heard twice.
TEST(LineSplitter, CountsWhatWasTakenNotAsUnfinished) {
    LineSplitter lines(100);

    lines.add("traffic 1\npong\ntraf");
    EXPECT_EQ(lines.next(), "traffic 1");
    EXPECT_EQ(lines.unfinished(), "pong\ntraf");
    EXPECT_EQ(lines.next(), "pong");
    EXPECT_EQ(lines.unfinished(), "traf");
    lines.add("fic 2\n");
    EXPECT_EQ(lines.next(), "traffic 2");
    EXPECT_EQ(lines.unfinished(), "");
}

TEST(LineSplitter, TakesALineOfExactlyTheBound) {
    LineSplitter lines(4);

    lines.add("abcd\n");

    EXPECT_EQ(lines.next(), "abcd");
    EXPECT_FALSE(lines.too_long());
}

TEST(LineSplitter, TellsOfALineOverTheBoundBeforeItEndsAndCutsIt) {
    LineSplitter lines(4);

    lines.add("abc");
    EXPECT_FALSE(lines.too_long());
    lines.add("de");
    EXPECT_TRUE(lines.too_long());
    lines.add(std::string(100'000, 'x'));
    lines.add("\nok\n");

    EXPECT_EQ(lines.next(), "abcd");
    EXPECT_EQ(lines.next(), "ok");
    EXPECT_TRUE(lines.too_long());
}

}  // namespace
}  // namespace posta::contracts
