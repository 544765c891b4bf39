#include "common/url/canonical.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <clocale>
#include <random>

#include "common/base/file.h"
#include "common/json/parse.h"
#include "common/url/ipv4_forms.h"
#include "tests/support/test_paths.h"

namespace posta::url {
namespace {

// The canonical form, or the category in brackets.
std::string outcome_of(std::string_view url) {
    const auto outcome = canonicalise(url);
    return outcome ? *outcome : "[" + std::string(name_of(outcome.error())) + "]";
}

std::string repeat(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

struct Vectors {
    std::string text;
    json::Value root;
};

Vectors read_vectors() {
    Vectors vectors;
    vectors.text = read_file(POSTA_TEST_DATA "/vectors/url-canonical.json", 1 << 20).value();
    vectors.root = json::parse(vectors.text).value();
    return vectors;
}

TEST(CanonicalUrl, AgreesWithEveryVector) {
    const Vectors vectors = read_vectors();
    ASSERT_GT(vectors.root.elements().size(), 50U);
    for (const json::Value& vector : vectors.root.elements()) {
        const std::string input(*vector.find("input")->string());
        const json::Value* canonical = vector.find("canonical");
        const std::string expected =
            canonical ? std::string(*canonical->string())
                      : "[" + std::string(*vector.find("category")->string()) + "]";
        EXPECT_EQ(outcome_of(input), expected) << input;
    }
}

TEST(CanonicalUrl, ChecksInTheOrderOfTheTable) {
    EXPECT_EQ(outcome_of("http://u@-a:0/..?#"), "[non-https-scheme]");
    EXPECT_EQ(outcome_of("https://u@-a:0/..?#"), "[userinfo-present]");
    EXPECT_EQ(outcome_of("https://-a:0/..?#"), "[malformed-host]");
    EXPECT_EQ(outcome_of("https://127.1:0/..?#"), "[ip-literal-host]");
    EXPECT_EQ(outcome_of("https://a.example:0/..?#"), "[malformed-port]");
    EXPECT_EQ(outcome_of("https://a.example/..?#"), "[malformed-path]");
    EXPECT_EQ(outcome_of("https://a.example/?#"), "[query-present]");
    EXPECT_EQ(outcome_of("https://a.example/#?"), "[fragment-present]");
}

TEST(CanonicalUrl, TakesHostsUpToTheLimitsOfDns) {
    const std::string label(63, 'a');
    const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'a');
    EXPECT_EQ(outcome_of("https://" + longest), "https://" + longest);
    EXPECT_EQ(outcome_of("https://" + longest + "."), "https://" + longest);
    EXPECT_EQ(outcome_of("https://" + longest + "a"), "[malformed-host]");
    EXPECT_EQ(outcome_of("https://a.example.."), "[malformed-host]");
    EXPECT_EQ(outcome_of("https://."), "[malformed-host]");
    EXPECT_EQ(outcome_of("https://:443"), "[malformed-host]");
    EXPECT_EQ(outcome_of(std::string_view("https://a\0b.example", 19)), "[malformed-host]");
    EXPECT_EQ(outcome_of("https://a.example "), "[malformed-host]");
    EXPECT_EQ(outcome_of("https://a\\b.example"), "[malformed-host]");
}

TEST(CanonicalUrl, MapsInternationalNamesAsUts46Does) {
    EXPECT_EQ(outcome_of("https://B\u00DCCHER.example"), "https://xn--bcher-kva.example");
    EXPECT_EQ(outcome_of("https://XN--BCHER-KVA.example"), "https://xn--bcher-kva.example");
    EXPECT_EQ(outcome_of("https://bu\u0308cher.example"), "https://xn--bcher-kva.example");
    EXPECT_EQ(outcome_of("https://alice\u3002example\uFF0E"), "https://alice.example");
    EXPECT_EQ(outcome_of("https://\uFF41lice.example"), "https://alice.example");
    EXPECT_EQ(outcome_of("https://\u03B2\u03CC\u03BB\u03BF\u03C2.example"),
              "https://xn--nxasmm1c.example");
    EXPECT_EQ(outcome_of("https://a--b.b\u00FCcher.example"), "https://a--b.xn--bcher-kva.example");
}

TEST(CanonicalUrl, RefusesNamesThatIdnaRefuses) {
    for (const char* host : {"xn--a.example", "xn--.example", "xn--\u00FC.example", "\u00AD",
                             "\u0301a.example", "a\u200Db.example",
                             "b\xFC"
                             "cher.example",
                             "\u00FC_.example", "\uFF05.example", "\u00FC..example",
                             "xn--bcher-kvb.example", "a\u2044b.example"}) {
        EXPECT_EQ(outcome_of("https://" + std::string(host)), "[malformed-host]") << host;
    }
    EXPECT_EQ(outcome_of("https://" + repeat("\u00FC", 60) + ".example"), "[malformed-host]");
}

TEST(CanonicalUrl, DoesNotDependOnTheLocale) {
    const std::string before = std::setlocale(LC_ALL, nullptr);
    ASSERT_NE(std::setlocale(LC_ALL, "C"), nullptr);
    EXPECT_EQ(outcome_of("https://b\u00FCcher.example"), "https://xn--bcher-kva.example");
    std::setlocale(LC_ALL, before.c_str());
}

TEST(CanonicalUrl, SeesThroughEverySpellingOfAnAddress) {
    for (const char* host :
         {"127.0.0.1", "127.0.0.1.", "0177.0.0.1", "0x7f.0x0.0x0.0x1", "0", "4294967295",
          "1.2.65535", "1.16777215", "0X7F.1", "\uFF11\uFF12\uFF17.1", "00.0", "[::1]",
          "[::ffff:1.2.3.4]", "[::1]:99999"}) {
        EXPECT_EQ(outcome_of("https://" + std::string(host)), "[ip-literal-host]") << host;
    }
    for (const char* host : {"4294967296", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "08.1", "0xg.1",
                             "1.16777216", "1a", "0x7f.example"}) {
        EXPECT_EQ(outcome_of("https://" + std::string(host)), "https://" + std::string(host));
    }
    for (const char* host : {"[::1", "[]", "[::1]x", "[::1%25lo]", "[1.2.3.4]", "::1]", "[:::1]"}) {
        EXPECT_EQ(outcome_of("https://" + std::string(host)), "[malformed-host]") << host;
    }
}

TEST(CanonicalUrl, TakesPortsInOneSpelling) {
    EXPECT_EQ(outcome_of("https://a.example:1"), "https://a.example:1");
    EXPECT_EQ(outcome_of("https://a.example:443/x"), "https://a.example/x");
    for (const char* port : {"", "00", "+1", "-1", " 1", "1 ", "0x1", "99999", "100000",
                             "18446744073709551617", "1:2", "\u0661"}) {
        EXPECT_EQ(outcome_of("https://a.example:" + std::string(port)), "[malformed-port]") << port;
    }
}

TEST(CanonicalUrl, SpellsPathsInOneWay) {
    EXPECT_EQ(outcome_of("https://a.example//"), "https://a.example");
    EXPECT_EQ(outcome_of("https://a.example/x///"), "https://a.example/x");
    EXPECT_EQ(outcome_of("https://a.example//x"), "https://a.example//x");
    EXPECT_EQ(outcome_of("https://a.example/%2541"), "https://a.example/%2541");
    EXPECT_EQ(outcome_of("https://a.example/%c3%B8"), "https://a.example/%C3%B8");
    EXPECT_EQ(outcome_of("https://a.example/..."), "https://a.example/...");
    EXPECT_EQ(outcome_of("https://a.example/.x/x."), "https://a.example/.x/x.");
    EXPECT_EQ(outcome_of("https://a.example/@x:y"), "https://a.example/@x:y");
    for (const char* path : {"/.", "/..", "/x/%2e", "/.%2E/", "/%", "/%a", "/%%41", "/%4g", "/a%",
                             "/\x7f", "/a\xff", "/./", "/a/..//"}) {
        EXPECT_EQ(outcome_of("https://a.example" + std::string(path)), "[malformed-path]") << path;
    }
}

TEST(CanonicalUrl, LimitsThePathAsItIsKept) {
    const std::string longest = "/" + std::string(1023, 'a');
    EXPECT_EQ(outcome_of("https://a.example" + longest + "/"), "https://a.example" + longest);
    EXPECT_EQ(outcome_of("https://a.example" + longest + "a"), "[malformed-path]");
    EXPECT_EQ(outcome_of("https://a.example/" + repeat("%61", 600)),
              "https://a.example/" + std::string(600, 'a'));
    EXPECT_EQ(outcome_of("https://a.example/" + repeat("%61", 700)), "[malformed-path]")
        << "a whole URL is at most 2048 bytes";
    EXPECT_EQ(outcome_of("https://a.example" + std::string(2031, '/')), "https://a.example");
    EXPECT_EQ(outcome_of("https://a.example" + std::string(2032, '/')), "[malformed-path]");
}

TEST(CanonicalUrl, PutsTheSchemeBeforeWhatAPersonTyped) {
    EXPECT_EQ(canonicalise_typed("Alice.Example/Inbox/").value(), "https://alice.example/Inbox");
    EXPECT_EQ(canonicalise_typed("alice.example:8443").value(), "https://alice.example:8443");
    EXPECT_EQ(canonicalise_typed("HTTPS://alice.example").value(), "https://alice.example");
    EXPECT_EQ(canonicalise_typed("alice.example/a://b").value(), "https://alice.example/a://b");
    EXPECT_EQ(canonicalise_typed("http://alice.example").error(), Rejection::non_https_scheme);
    EXPECT_EQ(canonicalise_typed("").error(), Rejection::malformed_host);
    EXPECT_EQ(canonicalise_typed("alice@example.com").error(), Rejection::userinfo_present);
}

TEST(CanonicalUrl, CutsIntoItsParts) {
    const std::string_view url = "https://a.example:8443/x/y:z";
    EXPECT_EQ(display_form(url), "a.example:8443/x/y:z");
    EXPECT_EQ(authority_of(url), "a.example:8443");
    EXPECT_EQ(host_of(url), "a.example");
    EXPECT_EQ(path_of(url), "/x/y:z");
    EXPECT_EQ(path_of("https://a.example"), "");
    EXPECT_EQ(host_of("https://a.example/b:c"), "a.example");
}

TEST(CanonicalUrl, NamesAndExplainsEveryRejection) {
    for (int i = 0; i <= static_cast<int>(Rejection::fragment_present); ++i) {
        EXPECT_FALSE(name_of(static_cast<Rejection>(i)).empty());
        EXPECT_FALSE(advice_for(static_cast<Rejection>(i)).empty());
    }
}

// Inputs near the edges: the vectors, cut, joined and salted with what has a meaning somewhere.
class Mutator {
public:
    explicit Mutator(std::vector<std::string> seeds) : seeds_(std::move(seeds)) {}

    std::string next() {
        std::string text = seeds_[below(seeds_.size())];
        for (std::size_t changes = below(5); changes > 0; --changes) change(text);
        return text;
    }

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }

    void change(std::string& text) {
        static const std::vector<std::string> kPieces = {
            "/",  "//",     ".",      "..",       "%",      "%2e",    "%2F",    "%c3",    "@",
            ":",  ":443",   "?",      "#",        "\\",     "[",      "]",      "xn--",   "-",
            "0x", "\u00FC", "\u3002", "\u00AD",   "\uFF0F", "\u200D", "\u0301", "\u05D0", "\xff",
            "A",  "1",      " ",      "https://", "\u00DF", "\u1E9E", "\uFF10", "\u2488", "\u0130"};
        const std::size_t at = below(text.size() + 1);
        switch (below(4)) {
            case 0:
                text.insert(at, kPieces[below(kPieces.size())]);
                break;
            case 1:
                text.erase(at, 1 + below(3));
                break;
            case 2:
                text.insert(at, 1, static_cast<char>(below(256)));
                break;
            default:
                text = text.substr(0, at) + tail_of(seeds_[below(seeds_.size())]);
                break;
        }
    }

    std::string tail_of(const std::string& seed) { return seed.substr(below(seed.size() + 1)); }

    std::vector<std::string> seeds_;
    std::mt19937 random_{20260510};
};

TEST(CanonicalUrl, IsIdempotentForAnyInput) {
    std::vector<std::string> seeds;
    const Vectors vectors = read_vectors();
    for (const json::Value& vector : vectors.root.elements()) {
        seeds.emplace_back(*vector.find("input")->string());
    }
    Mutator mutator(std::move(seeds));
    int accepted = 0;
    for (int i = 0; i < 60'000; ++i) {
        const std::string input = mutator.next();
        const auto once = canonicalise(input);
        if (!once) continue;
        ++accepted;
        ASSERT_EQ(outcome_of(*once), *once) << testing::PrintToString(input);
        ASSERT_TRUE(is_canonical(*once));
        ASSERT_EQ(canonicalise_typed(display_form(*once)).value(), *once);
        ASSERT_EQ("https://" + std::string(authority_of(*once)) + std::string(path_of(*once)),
                  *once);
    }
    EXPECT_GT(accepted, 5'000);
}

TEST(Ipv4Forms, AgreesWithInetAton) {
    std::mt19937 random(7);
    const std::vector<std::string> pieces = {
        "0",     "1",     "255", "256", "0x", "0xff", "0x100",      "077",      "0400", "08",
        "65535", "65536", ".",   ".",   ".",  ".",    "4294967295", "16777216", "a"};
    int addresses = 0;
    for (int i = 0; i < 50'000; ++i) {
        std::string host;
        for (auto left = random() % 8; left > 0; --left) host += pieces[random() % pieces.size()];
        in_addr address{};
        const bool expected = inet_aton(host.c_str(), &address) == 1;
        addresses += expected ? 1 : 0;
        ASSERT_EQ(is_ipv4_in_any_form(host), expected) << host;
    }
    EXPECT_GT(addresses, 1'000);
}

}  // namespace
}  // namespace posta::url
