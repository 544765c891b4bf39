#include "common/manifest/edit.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "common/manifest/read.h"

namespace posta::manifest {
namespace {

Manifest must_read(const std::string& text) {
    const auto manifest = read_text(text, "x.toml");
    EXPECT_TRUE(manifest) << describe(manifest.error(), "x") << text;
    return manifest ? *manifest : Manifest{};
}

std::string must_remove(const std::string& text, const std::string& slug) {
    const auto removed = with_identity_removed(text, slug);
    EXPECT_TRUE(removed) << removed.error().message;
    return removed ? *removed : "";
}

TEST(ManifestEdit, AddsATableAtTheEnd) {
    EXPECT_EQ(with_identity_added("", "arne", "https://a.example"),
              "[[identity]]\nslug = \"arne\"\nurl = \"https://a.example\"\n");
    EXPECT_EQ(with_identity_added("# mine", "arne", "https://a.example"),
              "# mine\n\n[[identity]]\nslug = \"arne\"\nurl = \"https://a.example\"\n");
    EXPECT_EQ(with_identity_added("# mine\r\n", "arne", "https://a.example"),
              "# mine\r\n\r\n[[identity]]\r\nslug = \"arne\"\r\nurl = \"https://a.example\"\r\n");
}

TEST(ManifestEdit, QuotesWhatNeedsIt) {
    const std::string text = with_identity_added("", "arne", "https://a.example/x\"y");

    EXPECT_EQ(must_read(text).identities[0].url, "https://a.example/x\"y");
}

TEST(ManifestEdit, RemovesATableWithTheCommentsDirectlyAboveIt) {
    const std::string text =
        "# top\n\n"
        "# about arne\n# more\n[[identity]]\nslug = \"arne\"  # inline\n# inside\n"
        "url = \"https://a.example\"\n\n"
        "# about marcus\n[[identity]]\nslug = \"marcus\"\nurl = \"https://m.example\"\n";

    EXPECT_EQ(must_remove(text, "arne"),
              "# top\n\n"
              "# about marcus\n[[identity]]\nslug = \"marcus\"\nurl = \"https://m.example\"\n");
    EXPECT_EQ(must_remove(text, "marcus"),
              "# top\n\n"
              "# about arne\n# more\n[[identity]]\nslug = \"arne\"  # inline\n# inside\n"
              "url = \"https://a.example\"\n\n");
}

TEST(ManifestEdit, IsNotFooledByBracketsQuotesAndHashesInValues) {
    const std::string text =
        "[server]\nca_bundle = \"\"\"/a\\\n[[identity]]#x\\\n# no comment\\\"\"\"\"\"\n"
        "[[ identity ]]\n\"slug\" = 'arne'\naliases = [ # [[identity]]\n  \"b.example\", # \"]\n"
        "\n  'c.example'\n]\nurl = \"\"\"https://a.example\"\"\"\n"
        "[[identity]] # [[\nslug = \"m\"\nurl = \"https://m.example\"\n";

    const Manifest left = must_read(must_remove(text, "arne"));

    ASSERT_EQ(left.identities.size(), 1U);
    EXPECT_EQ(left.identities[0].slug, "m");
}

TEST(ManifestEdit, RefusesWhatItCannotEdit) {
    const std::string inline_form = "identity = [{slug = \"arne\", url = \"https://a.example\"}]\n";

    EXPECT_EQ(with_identity_removed("", "arne").error().code, ErrorCode::not_found);
    EXPECT_EQ(with_identity_removed("nonsense", "arne").error().code, ErrorCode::invalid);
    EXPECT_EQ(with_identity_removed(inline_form, "arne").error().code, ErrorCode::invalid);
}

// Writes the same manifest in as many ways as TOML has.
class Scribe {
public:
    explicit Scribe(unsigned seed) : random_(seed) {}

    std::string manifest(const std::vector<std::string>& slugs) {
        end_ = chance() ? "\r\n" : "\n";
        std::string text;
        noise(text);
        bool server_written = false;
        for (std::size_t i = 0; i <= slugs.size(); ++i) {
            if (!server_written && (chance() || i == slugs.size())) {
                server_written = true;
                line(text, "[server]");
                line(text, "trusted_proxies = [" + end_ + "  \"10.0.0.1/32\", # ] [[identity]]" +
                               end_ + " ]");
                noise(text);
            }
            if (i < slugs.size()) identity(text, slugs[i]);
        }
        if (chance()) text.resize(text.size() - end_.size());
        return text;
    }

private:
    bool chance() { return random_() % 2 == 0; }

    void line(std::string& text, const std::string& content) {
        text += (chance() ? "" : chance() ? "  " : "\t") + content;
        text += (chance() ? "" : chance() ? " # note " + std::to_string(++notes_) : "   ") + end_;
    }

    void noise(std::string& text) {
        for (unsigned count = random_() % 4; count > 0; --count)
            text += chance() ? end_ : "# kept " + std::to_string(++notes_) + " [[\"' " + end_;
    }

    void identity(std::string& text, const std::string& slug) {
        line(text, chance() ? "[[identity]]" : chance() ? "[[ identity ]]" : "[[\"identity\"]]");
        std::vector<std::string> keys{
            chance() ? "slug = \"" + slug + "\"" : "\"slug\"='" + slug + "'",
            chance() ? "url  =  \"https://" + slug + ".example\""
                     : "url = '''https://" + slug + ".example'''",
        };
        if (chance())
            keys.push_back("aliases=[" + end_ + "'x" + slug + ".example', # [[\"" + end_ + end_ +
                           " \"y" + slug + ".example\" ]");
        if (chance())
            keys.push_back("ca_bundle = \"\"\"/a\\" + end_ + "[[identity]]\\" + end_ +
                           "# \\\"\"\"\"\"");
        if (chance()) keys.push_back("enabled = false");
        std::shuffle(keys.begin(), keys.end(), random_);
        for (const std::string& key : keys) {
            line(text, key);
            if (random_() % 4 == 0) text += end_;
        }
        noise(text);
    }

    std::mt19937 random_;
    std::string end_ = "\n";
    int notes_ = 0;
};

std::vector<std::string> sorted_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t newline = std::min(text.find('\n', at), text.size() - 1);
        lines.push_back(text.substr(at, newline + 1 - at));
        at = newline + 1;
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

void expect_same_without(const Manifest& before, const Manifest& after, const std::string& slug) {
    std::vector<Identity> expected = before.identities;
    std::erase_if(expected, [&](const Identity& identity) { return identity.slug == slug; });
    ASSERT_EQ(after.identities.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_TRUE(after.identities[i].same_as(expected[i])) << expected[i].slug;
    EXPECT_EQ(after.server.trusted_proxies, before.server.trusted_proxies);
}

TEST(ManifestEdit, RemovingTakesThatIdentityAndNothingElseHoweverItIsWritten) {
    const std::vector<std::string> slugs{"a", "bb", "c-c", "d0"};
    for (unsigned seed = 0; seed < 400; ++seed) {
        const std::string text = Scribe(seed).manifest(slugs);
        const std::string& slug = slugs[seed % slugs.size()];
        SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + text);
        const Manifest before = must_read(text);

        const std::string removed = must_remove(text, slug);

        expect_same_without(before, must_read(removed), slug);
        const std::vector<std::string> old_lines = sorted_lines(text);
        const std::vector<std::string> new_lines = sorted_lines(removed);
        EXPECT_TRUE(
            std::includes(old_lines.begin(), old_lines.end(), new_lines.begin(), new_lines.end()));
        if (testing::Test::HasFailure()) return;
    }
}

TEST(ManifestEdit, AddingKeepsEveryByteAndAddsOneIdentity) {
    for (unsigned seed = 0; seed < 400; ++seed) {
        const std::string text = Scribe(seed).manifest({"a", "bb", "c-c"});
        SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + text);

        const std::string added = with_identity_added(text, "new", "https://new.example/x");

        EXPECT_TRUE(added.starts_with(text));
        const Manifest after = must_read(added);
        ASSERT_EQ(after.identities.size(), 4U);
        EXPECT_EQ(after.identities.back().url, "https://new.example/x");
        expect_same_without(after, must_read(must_remove(added, "new")), "new");
        if (testing::Test::HasFailure()) return;
    }
}

TEST(ManifestLock, IsHeldUntilItsOwnerIsGone) {
    const std::string path = testing::TempDir() + "manifest-lock-test.toml";
    const auto try_lock = [&path] {
        const UniqueFd fd(::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        return ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
    };
    {
        const auto lock = lock_manifest(path);
        ASSERT_TRUE(lock);
        EXPECT_FALSE(try_lock());
    }
    EXPECT_TRUE(try_lock());
}

}  // namespace
}  // namespace posta::manifest
