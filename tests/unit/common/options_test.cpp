#include "common/options.h"

#include <gtest/gtest.h>

#include "common/command.h"

namespace posta {
namespace {

using Words = std::vector<std::string>;

Options token_create() {
    Options options("token create", "--slug S --name N [--no-qr]", "Makes a token.");
    options.required("slug", "S", "the identity")
        .required("name", "N", "the device's name")
        .flag("no-qr", "leaves the picture out")
        .value("n,lines", "N", "how many")
        .repeated("listen", "ADDR:PORT", "where")
        .manifest_options()
        .refused("url", "the manifest holds it");
    return options;
}

struct Outcome {
    std::optional<int> exit_code;
    std::string error;
};

Outcome parse(Options& options, const Words& words) {
    testing::internal::CaptureStderr();
    const std::optional<int> exit_code = options.parse(words);
    return {exit_code, testing::internal::GetCapturedStderr()};
}

TEST(Options, TakesAValueAsTheNextWordOrAfterAnEqualsSign) {
    for (const Words& words :
         {Words{"--slug", "arne", "--name", "a=b,c"}, Words{"--slug=arne", "--name=a=b,c"}}) {
        Options options = token_create();

        EXPECT_EQ(options.parse(words), std::nullopt);
        EXPECT_EQ(options.get("slug"), "arne");
        EXPECT_EQ(options.get("name"), "a=b,c");
        EXPECT_FALSE(options.has("no-qr"));
        EXPECT_EQ(options.manifest_path(), "/etc/posta/identities.toml");
    }
}

TEST(Options, KeepsRepeatedValuesInOrderAndWhole) {
    Options options = token_create();

    ASSERT_EQ(options.parse({"--slug=a", "--name=b", "--listen", "x:1,2", "--listen=y:2", "-n",
                             "-7", "--no-qr"}),
              std::nullopt);
    EXPECT_EQ(options.all("listen"), (Words{"x:1,2", "y:2"}));
    EXPECT_EQ(options.get("lines"), "-7");
    EXPECT_TRUE(options.has("no-qr"));
}

TEST(Options, TakesWordsInTheOrderDeclared) {
    Options options("ctl wait", "SLUG STATE", "Waits.");
    options.word("SLUG", "the identity", true).word("STATE", "the state", false).flag("json", "");

    ASSERT_EQ(options.parse({"arne", "--json", "ready"}), std::nullopt);
    EXPECT_EQ(options.get("SLUG"), "arne");
    EXPECT_EQ(options.get("STATE"), "ready");
    EXPECT_TRUE(options.has("json"));
}

TEST(Options, TakesWhatFollowsTwoDashesAsWords) {
    Options options("x", "WORD", "X.");
    options.word("WORD", "a word", true);

    ASSERT_EQ(options.parse({"--", "--help"}), std::nullopt);
    EXPECT_EQ(options.get("WORD"), "--help");
}

TEST(Options, NamesEachMistake) {
    const std::pair<Words, const char*> kMistakes[] = {
        {{"--slgu", "x"}, "token create: unknown option \"--slgu\" (did you mean \"--slug\"?)"},
        {{"--zzzzzz"},
         "token create: unknown option \"--zzzzzz\" (see posta-server token create --help)"},
        {{"-x"}, "token create: unknown option \"-x\" (see posta-server token create --help)"},
        {{"--slug"},
         "token create: --slug needs a value, S (see posta-server token create --help)"},
        {{"--slug", "--name", "x"},
         "token create: --slug needs a value, S (see posta-server token create --help)"},
        {{"--name=x"}, "token create: --slug S is missing (see posta-server token create --help)"},
        {{"--slug=", "--name=x"},
         "token create: --slug S is missing (see posta-server token create --help)"},
        {{"--slug=a", "--slug=b", "--name=x"},
         "token create: --slug is given 2 times (see posta-server token create --help)"},
        {{"--no-qr=yes"},
         "token create: --no-qr takes no value (see posta-server token create --help)"},
        {{"--slug=a", "--name=b", "c"},
         "token create: unexpected word \"c\" (see posta-server token create --help)"},
        {{"--url=x"},
         "token create: --url does not exist: the manifest holds it (see posta-server token create "
         "--help)"},
    };
    for (const auto& [words, complaint] : kMistakes) {
        Options options = token_create();

        const Outcome outcome = parse(options, words);

        EXPECT_EQ(outcome.exit_code, kExitUsage) << complaint;
        EXPECT_EQ(outcome.error, std::string("posta-server: ") + complaint + "\n");
    }
}

TEST(Options, AFailureIsOneLineThatSaysWhatToDo) {
    const std::pair<Error, const char*> kFailures[] = {
        {{ErrorCode::conflict, "key remove: it is the only key (rotate first)"},
         "key remove: it is the only key (rotate first)"},
        {{ErrorCode::not_found, "cannot open /x: No such file or directory"},
         "cannot open /x: No such file or directory (see whether the name or path is right)"},
        {{ErrorCode::unavailable, "cannot write /x: No space left on device"},
         "cannot write /x: No space left on device (make room or wait, then run this again)"},
        {{ErrorCode::invalid, "x: the manifest is not valid:\n/m:2: one\n/m:3: two\n"},
         "x: the manifest is not valid: /m:2: one; /m:3: two (mend that; posta-server check names "
         "all that is wrong)"},
    };
    for (const auto& [error, line] : kFailures) {
        testing::internal::CaptureStderr();

        const int exit_code = fail(error);

        EXPECT_EQ(testing::internal::GetCapturedStderr(),
                  std::string("posta-server: ") + line + "\n");
        EXPECT_EQ(exit_code, error.code == ErrorCode::invalid ? kExitInvalid : kExitFailed);
    }
}

TEST(Options, PrintsHelpWhateverElseIsWrong) {
    Options options = token_create();
    testing::internal::CaptureStdout();

    EXPECT_EQ(options.parse({"--slgu", "--help"}), kExitDone);

    EXPECT_EQ(testing::internal::GetCapturedStdout(),
              "Usage: posta-server token create --slug S --name N [--no-qr]\n\n"
              "Makes a token.\n\n"
              "  --slug S            the identity\n"
              "  --name N            the device's name\n"
              "  --no-qr             leaves the picture out\n"
              "  -n, --lines N       how many\n"
              "  --listen ADDR:PORT  where\n"
              "  --manifest FILE     the manifest (/etc/posta/identities.toml)\n"
              "  --data-dir D        overrides the manifest's data_dir\n"
              "  --run-dir D         overrides the manifest's run_dir\n"
              "  --help              shows this text\n");
}

TEST(Options, ReadsNumbersWithinTheirRange) {
    for (const auto& [text, expected] : {std::pair{"1", std::optional<long>(1)},
                                         {"10", 10},
                                         {"0", std::nullopt},
                                         {"11", std::nullopt},
                                         {"5x", std::nullopt},
                                         {"99999999999999999999", std::nullopt}}) {
        Options options("x", "", "X.");
        options.value("count", "N", "how many");
        ASSERT_EQ(options.parse({"--count", text}), std::nullopt);
        testing::internal::CaptureStderr();

        EXPECT_EQ(options.number("count", 3, 1, 10), expected);

        EXPECT_EQ(testing::internal::GetCapturedStderr().empty(), expected.has_value());
    }
    Options absent("x", "", "X.");
    absent.value("count", "N", "how many");
    ASSERT_EQ(absent.parse({}), std::nullopt);
    EXPECT_EQ(absent.number("count", 3, 1, 10), 3);
}

TEST(Failing, LeavesWithTheCodeOfTheErrorsKind) {
    testing::internal::CaptureStderr();

    EXPECT_EQ(fail(Error{ErrorCode::invalid, "a"}), kExitInvalid);
    EXPECT_EQ(fail(Error{ErrorCode::not_found, "b"}), kExitFailed);

    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "posta-server: a (mend that; posta-server check names all that is wrong)\n"
              "posta-server: b (see whether the name or path is right)\n");
}

}  // namespace
}  // namespace posta
