#include "common/manifest/read.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/golden.h"

namespace posta::manifest {
namespace {

class Complaining : public testing::TestWithParam<const char*> {};

TEST_P(Complaining, TellsAllThatIsWrongWithLineAndRemedy) {
    const std::string name = GetParam();
    const auto manifest = read_text(test::test_data("manifest/" + name + ".toml"), "x.toml");

    ASSERT_FALSE(manifest);
    test::expect_golden(describe(manifest.error(), "x.toml"), "manifest/" + name + ".expected");
}

INSTANTIATE_TEST_SUITE_P(Manifest, Complaining,
                         testing::Values("unknown_keys", "duplicates", "wrong_types", "bad_urls",
                                         "syntax", "syntax_twice", "single_brackets",
                                         "inline_server"),
                         [](const auto& parameter) { return std::string(parameter.param); });

std::string times(int count, const std::string& part) {
    std::string text;
    for (int done = 0; done < count; ++done) text += part;
    return text;
}

// A reader that descends into each of them has no stack left for the complaint.
TEST(Manifest, IsRefusedWhenItIsNestedToNoEnd) {
    for (const std::string& text :
         {"a = " + times(200'000, "["), "a = " + times(200'000, "{a="),
          "a = " + times(200'000, "[\n"), "a" + times(5'000, ".a") + " = 1",
          "[a" + times(5'000, ".a") + "]"}) {
        const auto manifest = read_text("\n" + text, "x.toml");

        ASSERT_FALSE(manifest);
        const std::string complaint = describe(manifest.error(), "x.toml");
        EXPECT_NE(complaint.find("nested too deeply: more than 32 levels"), std::string::npos)
            << complaint;
    }
}

TEST(Manifest, MayHaveBracketsAndDotsInItsWords) {
    const std::string words = times(100, "[.{");
    const auto manifest = read_text(
        "# " + words + "\n[server]\ntrusted_proxies = [\"" + words + "\", '" + words + "', 1.5]\n",
        "x.toml");

    ASSERT_FALSE(manifest);  // they are no addresses
    EXPECT_EQ(describe(manifest.error(), "x.toml").find("nested"), std::string::npos);
}

TEST(Manifest, MayBeEmpty) {
    for (const char* name : {"manifest/empty.toml", "manifest/comment_only.toml"}) {
        const auto manifest = read_text(test::test_data(name), "x.toml");

        ASSERT_TRUE(manifest) << name;
        EXPECT_TRUE(manifest->identities.empty());
        EXPECT_EQ(manifest->server.data_dir, "/var/lib/posta");
        EXPECT_EQ(manifest->server.run_dir, "/run/posta");
    }
}

TEST(Manifest, HoldsEveryKeyOfTheServer) {
    const auto manifest = read_text(test::test_data("manifest/complete.toml"), "/etc/x.toml");

    ASSERT_TRUE(manifest) << describe(manifest.error(), "x");
    EXPECT_EQ(manifest->path, "/etc/x.toml");
    EXPECT_EQ(manifest->server.data_dir, "/srv/posta");
    EXPECT_EQ(manifest->server.run_dir, "/run/posta-test");
    EXPECT_EQ(manifest->server.front_processes, 2);
    EXPECT_EQ(manifest->server.uid_range, std::pair(800000U, 800999U));
    EXPECT_EQ(manifest->server.front_user, "posta-front");
    EXPECT_EQ(manifest->server.trusted_proxies,
              (std::vector<std::string>{"10.0.0.1/32", "fd00::/8", "192.0.2.7"}));
    EXPECT_EQ(manifest->server.log_level, LogLevel::debug);
    EXPECT_TRUE(manifest->server.proxy_protocol);
    EXPECT_EQ(manifest->server.front, (ClientBounds{1, 2, 3, 4, 5, 6, 65536, 1000}));
    EXPECT_EQ(manifest->server.require_layers, (std::vector<std::string>{"user", "seccomp"}));
    EXPECT_EQ(manifest->data_dir_of("arne"), "/srv/posta/arne");
}

TEST(Manifest, GivesTheServersValuesToEachIdentityThatDoesNotSayOtherwise) {
    const auto manifest = read_text(test::test_data("manifest/complete.toml"), "x.toml");
    ASSERT_TRUE(manifest);
    ASSERT_EQ(manifest->identities.size(), 2U);

    const TenantSettings inherited{Acl::contacts,
                                   30,
                                   0,
                                   true,
                                   "/etc/ssl/test.pem",
                                   LogLevel::debug,
                                   128,
                                   64,
                                   0,
                                   7,
                                   8,
                                   AccessLog::all,
                                   {"user", "seccomp"}};
    const TenantSettings own{Acl::open,
                             0,
                             1'000'000,
                             false,
                             "/etc/ssl/other.pem",
                             LogLevel::error,
                             1'048'576,
                             65'536,
                             16'777'216,
                             1'000'000,
                             1'000'000,
                             AccessLog::sampled,
                             {}};
    EXPECT_EQ(manifest->identities[0].settings, inherited);
    EXPECT_EQ(manifest->identities[1].settings, own);
}

TEST(Manifest, KeepsUrlsAndAliasesInCanonicalForm) {
    const auto manifest = read_text(test::test_data("manifest/complete.toml"), "x.toml");
    ASSERT_TRUE(manifest);

    const Identity* arne = manifest->find("arne");
    ASSERT_NE(arne, nullptr);
    EXPECT_EQ(arne->url, "https://arne.posta.no");
    EXPECT_EQ(arne->hosts(), (std::vector<std::string>{"arne.posta.no", "msg.arne.example",
                                                       "xn--bcher-kva.example"}));
    EXPECT_TRUE(arne->enabled);
    EXPECT_EQ(arne->line, 32);
    EXPECT_FALSE(manifest->find("marcus")->enabled);
    EXPECT_EQ(manifest->find("tarald"), nullptr);
}

TEST(Manifest, KnowsTheLayersThatCanBeRequired) {
    const auto manifest = read_text("[server]\nrequire_layers = [\"user\", \"walls\"]\n", "x.toml");

    ASSERT_FALSE(manifest);
    EXPECT_EQ(describe(manifest.error(), "x.toml"),
              "x.toml:2: server: key \"require_layers\": found [\"user\", \"walls\"], allowed is a "
              "list of "
              "\"limits\", \"descriptors\", \"user\", \"undumpable\", \"landlock\", \"seccomp\"\n");
}

TEST(Manifest, TakesTheSizeOfAHeadWithinItsBorders) {
    const auto with = [](const std::string& line) {
        return read_text("[server]\n" + line + "\n", "x.toml");
    };
    EXPECT_EQ(with("front_head_bytes = 1024")->server.front.head_bytes, 1024);
    EXPECT_EQ(with("front_head_bytes = 65536")->server.front.head_bytes, 65'536);
    EXPECT_EQ(with("front_head_fields = 16")->server.front.head_fields, 16);
    EXPECT_EQ(with("front_head_fields = 1000")->server.front.head_fields, 1000);
    for (const char* line : {"front_head_bytes = 1023", "front_head_bytes = 65537",
                             "front_head_fields = 15", "front_head_fields = 1001"})
        EXPECT_FALSE(with(line)) << line;
}

TEST(Manifest, TellsOfAFileThatIsNotThere) {
    const auto manifest = read("/nonexistent/identities.toml");

    ASSERT_FALSE(manifest);
    EXPECT_EQ(describe(manifest.error(), "F"),
              "F: cannot open /nonexistent/identities.toml: No such file or directory\n");
}

TEST(Manifest, AnswersEveryTruncationOfAFileWithAResult) {
    const std::string text = test::test_data("manifest/complete.toml");
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const auto manifest = read_text(text.substr(0, length), "x.toml");
        if (manifest) continue;
        EXPECT_FALSE(manifest.error().empty()) << length;
        for (const Complaint& complaint : manifest.error()) EXPECT_GT(complaint.line, 0) << length;
    }
}

TEST(Manifest, AnswersEveryFlippedByteWithAResult) {
    const std::string text = test::test_data("manifest/complete.toml");
    constexpr char kBytes[] = {'\0', '[', '"', '\n', '\xff'};
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string changed = text;
        changed[at] = kBytes[at % std::size(kBytes)];
        const auto manifest = read_text(changed, "x.toml");
        EXPECT_TRUE(manifest || !manifest.error().empty());
    }
}

TEST(Slug, IsLowerCaseLettersDigitsAndInnerHyphens) {
    for (const char* good : {"a", "arne", "a-b", "0", "a--b", "63"}) EXPECT_TRUE(is_slug(good));
    EXPECT_TRUE(is_slug(std::string(63, 'a')));
    EXPECT_FALSE(is_slug(std::string(64, 'a')));
    for (const char* bad : {"", "-", "-a", "a-", "A", "a_b", "a.b", "..", "a/b", "\xc3\xa5", "a "})
        EXPECT_FALSE(is_slug(bad)) << bad;
}

TEST(Identity, IsTheSameWhenOnlyItsLineMoved) {
    Identity identity{"arne", "https://a.example", {}, true, {}, 3};
    Identity moved = identity;
    moved.line = 9;
    Identity changed = identity;
    changed.settings.memory_limit_mb = 64;

    EXPECT_TRUE(identity.same_as(moved));
    EXPECT_FALSE(identity.same_as(changed));
}

}  // namespace
}  // namespace posta::manifest
