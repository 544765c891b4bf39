#include "common/base/text_table.h"

#include <gtest/gtest.h>

namespace posta {
namespace {

TEST(TextTable, AlignsColumnsByCharactersNotBytes) {
    TextTable table({"NAME", "N", "LAST"});
    table.add({"Bjørn", "1", "x"});
    table.add({"a", "", "y"});
    table.add({"b", "22"});

    EXPECT_EQ(table.text(),
              "NAME   N   LAST\n"
              "Bjørn  1   x\n"
              "a          y\n"
              "b      22\n");
}

TEST(TextTable, ShowsWhatWouldSteerTheTerminal) {
    EXPECT_EQ(printable("a\x1b[2J\n\x7f"), "a\\x1b[2J\\x0a\\x7f");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "\\xc2\\x9b31m");
    EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");
    EXPECT_EQ(printable("blåbær 🫐"), "blåbær 🫐");
}

}  // namespace
}  // namespace posta
