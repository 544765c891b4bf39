#include "common/command.h"

#include <gtest/gtest.h>

namespace posta {
namespace {

using Words = std::vector<std::string>;

constexpr Command kCommands[] = {
    {"serve", "runs", [](const Words& words) { return 10 + static_cast<int>(words.size()); }},
    {"worker", "", [](const Words&) { return 50; }},
    {"token create", "makes a token",
     [](const Words& words) { return 20 + static_cast<int>(words.size()); }},
    {"token list", "lists tokens",
     [](const Words& words) { return words == Words{"--help"} ? 31 : 30; }},
    {"identity add", "adds", [](const Words&) { return 40; }},
};

struct Outcome {
    int exit_code;
    std::string out;
    std::string error;
};

Outcome run(const Words& arguments) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int exit_code = run_command(kCommands, arguments);
    return {exit_code, testing::internal::GetCapturedStdout(),
            testing::internal::GetCapturedStderr()};
}

TEST(Command, IsFoundByOneWordOrTwoAndGetsTheRest) {
    EXPECT_EQ(run({"serve"}).exit_code, 10);
    EXPECT_EQ(run({"serve", "a", "b"}).exit_code, 12);
    EXPECT_EQ(run({"token", "create"}).exit_code, 20);
    EXPECT_EQ(run({"token", "create", "a"}).exit_code, 21);
    EXPECT_EQ(run({"worker"}).exit_code, 50);
}

TEST(Command, IsExplainedByHelpInFrontOrBehind) {
    EXPECT_EQ(run({"help", "token", "list"}).exit_code, 31);
    EXPECT_EQ(run({"token", "list", "--help"}).exit_code, 31);
}

TEST(Command, TableIsGroupedByNounAndHidesWhatHasNoSummary) {
    const Outcome outcome = run({"--help"});

    EXPECT_EQ(outcome.exit_code, kExitDone);
    EXPECT_NE(outcome.out.find("  serve         runs\n"
                               "\n"
                               "  token create  makes a token\n"
                               "  token list    lists tokens\n"
                               "\n"
                               "  identity add  adds\n"),
              std::string::npos)
        << outcome.out;
    EXPECT_EQ(outcome.out.find("worker"), std::string::npos);
    EXPECT_EQ(run({"help"}).out, outcome.out);
}

TEST(Command, WithoutAWordIsWrongUsage) {
    const Outcome outcome = run({});

    EXPECT_EQ(outcome.exit_code, kExitUsage);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.error.find("Usage: posta-server"), std::string::npos);
    EXPECT_TRUE(
        outcome.error.ends_with("\nposta-server: command line: no command is named (name "
                                "one of those above)\n"))
        << outcome.error;
}

TEST(Command, MistypedGetsTheNearestName) {
    const std::pair<Words, const char*> kMistakes[] = {
        {{"sreve"}, "sreve: unknown command (did you mean \"serve\"?) (see posta-server --help)"},
        {{"tokens"}, "tokens: unknown command (did you mean \"token\"?) (see posta-server --help)"},
        {{"--slug"}, "--slug: unknown option (see posta-server --help)"},
        {{"token"}, "token: a verb is missing (one of create, list)"},
        {{"token", "--slug"}, "token: a verb is missing (one of create, list)"},
        {{"token", "crate"},
         "token: unknown verb \"crate\" (did you mean \"create\"?) (one of create, list)"},
        {{"help", "nothing"}, "nothing: unknown command (see posta-server --help)"},
    };
    for (const auto& [arguments, complaint] : kMistakes) {
        const Outcome outcome = run(arguments);

        EXPECT_EQ(outcome.exit_code, kExitUsage) << complaint;
        EXPECT_EQ(outcome.error, std::string("posta-server: ") + complaint + "\n");
    }
}

TEST(Command, NounAloneWithHelpListsItsVerbs) {
    const Outcome outcome = run({"token", "--help"});

    EXPECT_EQ(outcome.exit_code, kExitDone);
    EXPECT_EQ(outcome.out,
              "  token create  makes a token\n"
              "  token list    lists tokens\n");
}

}  // namespace
}  // namespace posta
