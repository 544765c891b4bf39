#include "worker/pages/html.h"

#include <gtest/gtest.h>

#include "worker/pages/assets.h"
#include "worker/pages/landing.h"
#include "worker/pages/setup.h"

namespace posta::worker::pages {
namespace {

TEST(Html, EscapesWhatCouldBeMarkup) {
    EXPECT_EQ(escape("<script>\"a\" & 'b'</script>"),
              "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;");
}

TEST(Html, LeavesEveryOtherCharacterAsItIs) {
    const std::string text = "Æøå κόσμε 日本 🌲 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d\ttab\nline";
    EXPECT_EQ(escape(text), text);
}

TEST(Html, ReplacesControlCharacters) {
    EXPECT_EQ(escape(std::string("a\0b\x1b\x7f", 5)),
              "a\xef\xbf\xbd"
              "b\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Template, PutsEscapedValuesIn) {
    EXPECT_EQ(fill("<p>{{name}} {{name}}</p>", {{"name", "<b>"}}), "<p>&lt;b&gt; &lt;b&gt;</p>");
}

TEST(Template, NeverReadsAValueAsATemplate) {
    EXPECT_EQ(fill("{{a}}{{b}}", {{"a", "{{b}}"}, {"b", "{{#a}}"}}), "{{b}}{{#a}}");
}

TEST(Template, LeavesOutASectionWithoutAValue) {
    const std::string_view page = "x{{#a}}[{{a}}]{{/a}}y{{#b}}[{{b}}]{{/b}}z";
    EXPECT_EQ(fill(page, {{"a", "1"}, {"b", ""}}), "x[1]yz");
}

TEST(Template, DiesOfANameThatNobodyGave) { EXPECT_DEATH(fill("{{x}}", {}), "broken invariant"); }

PublicIdentity arne() {
    PublicIdentity identity;
    identity.url = "https://arne.example/inbox";
    identity.keys = {{"2026-05-a", std::string(32, 'k')}};
    identity.signing_key_id = "2026-05-a";
    return identity;
}

TEST(LandingPage, ShowsNameTextAddressAndFingerprint) {
    PublicIdentity identity = arne();
    identity.name = "Arne <3";
    identity.about = "\"på fjellet\"";
    identity.avatar = "https://arne.example/avatar-00.png";

    const std::string page = landing_page(identity);

    for (const std::string_view part :
         {"Arne &lt;3", "&quot;på fjellet&quot;", "src=\"https://arne.example/avatar-00.png\"",
          ">arne.example/inbox<", "2026-05-a"})
        EXPECT_NE(page.find(part), std::string::npos) << part;
    EXPECT_NE(page.find(key_fingerprint(std::string(32, 'k'))), std::string::npos);
    EXPECT_EQ(page.find("<script"), std::string::npos);
    EXPECT_EQ(page.find("{{"), std::string::npos);
}

TEST(LandingPage, ShowsTheAddressWhenThereIsNoName) {
    const std::string page = landing_page(arne());

    EXPECT_NE(page.find("<h1 dir=\"auto\">arne.example/inbox</h1>"), std::string::npos);
    EXPECT_EQ(page.find("<img"), std::string::npos);
    EXPECT_EQ(page.find("class=\"about\""), std::string::npos);
}

TEST(SetupPage, NamesItsFilesBelowItsOwnPlace) {
    EXPECT_NE(setup_page("").find("src=\"/setup/setup.js?v="), std::string::npos);
    EXPECT_NE(setup_page("/inbox").find("src=\"/inbox/setup/qr.js?v="), std::string::npos);
    EXPECT_NE(setup_page("/inbox").find("data-base=\"/inbox\""), std::string::npos);
}

TEST(Pages, HaveNothingInlineAndNothingFromElsewhere) {
    for (const std::string& page : {setup_page(""), landing_page(arne())}) {
        for (const std::string_view refused :
             {"<style", " style=", "<script>", " onclick", "javascript:", "src=\"http", "@import"})
            EXPECT_EQ(page.find(refused), std::string::npos) << refused;
    }
    EXPECT_EQ(find_asset("style.css").bytes.find("url("), std::string_view::npos);
}

TEST(Assets, AreFoundByNameOnly) {
    EXPECT_FALSE(find_asset("qr.js").bytes.empty());
    EXPECT_TRUE(find_asset("setup.html").bytes.empty());
    EXPECT_TRUE(find_asset("").bytes.empty());
}

}  // namespace
}  // namespace posta::worker::pages
