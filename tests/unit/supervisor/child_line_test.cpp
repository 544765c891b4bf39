#include "supervisor/logs/child_line.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

TEST(ChildLine, TakesALogLineApart) {
    const ChildLine read =
        read_child_line(R"({"time":"2025-05-12T12:00:00.123Z","level":"error","source":"arne",)"
                        R"("event":"cannot serve","error":"a\nb"})");

    EXPECT_EQ(read.level, LogLevel::error);
    EXPECT_EQ(read.event, "cannot serve");
    EXPECT_EQ(read.fields, (Fields{{"error", "a\nb"}}));
}

TEST(ChildLine, TakesWhatACrashSaysAsItIs) {
    for (const std::string_view line :
         {"==7==ERROR: AddressSanitizer: heap-use-after-free", "{", "{}", R"({"event":"x"})",
          R"({"event":"x","level":"loud"})", R"({"event":1,"level":"info"})",
          R"({"event":"x","level":"info","n":3})", R"({"event":"x","level":"info","event":"y"})",
          "\xff\xfe"}) {
        const ChildLine read = read_child_line(line);

        EXPECT_EQ(read.level, LogLevel::warn);
        EXPECT_EQ(read.event, "output");
        EXPECT_EQ(read.fields, (Fields{{"line", std::string(line)}}));
    }
}

TEST(ChildLine, BelievesNoFieldNameThatCouldForgeALine) {
    for (const std::string_view name : {R"(a\n2025 error marcus: forged)", "a b", "a=", "", "Ä"}) {
        const std::string line =
            R"({"event":"x","level":"info",")" + std::string(name) + R"(":"v"})";

        EXPECT_EQ(read_child_line(line).event, "output") << line;
    }
}

}  // namespace
}  // namespace posta::supervisor
