// identities.toml: what is accepted keeps every rule of files.md; an identity that is added and
// removed again leaves the others as they were; what is refused says why, in order.

#include <set>

#include "common/http/host_name.h"
#include "common/manifest/check.h"
#include "common/manifest/edit.h"
#include "common/manifest/read.h"
#include "common/url/canonical.h"
#include "tests/fuzz/target.h"

namespace posta::manifest {
namespace {

constexpr std::string_view kSlug = "zz-fuzz-added";
constexpr std::string_view kUrl = "https://zz-fuzz-added.example";

void expect_right(const Manifest& manifest) {
    std::set<std::string> slugs;
    std::set<std::string> hosts;
    for (const Identity& identity : manifest.identities) {
        CHECK(is_slug(identity.slug) && !is_reserved_slug(identity.slug));
        CHECK(slugs.insert(identity.slug).second);
        CHECK(url::is_canonical(identity.url));
        for (const std::string& host : identity.hosts()) {
            CHECK(http::host_key(host) == host);
            CHECK(hosts.insert(host).second);
        }
        CHECK(identity.line > 0);
        CHECK(identity.settings.rate_per_minute >= 0 && identity.settings.memory_limit_mb > 0);
        CHECK(manifest.find(identity.slug) == &identity);
    }
    CHECK(manifest.server.front_processes > 0);
    CHECK(manifest.server.uid_range.first <= manifest.server.uid_range.second);
}

void expect_reasons(const Complaints& complaints) {
    CHECK(!complaints.empty());
    for (std::size_t at = 1; at < complaints.size(); ++at)
        CHECK(complaints[at - 1].line <= complaints[at].line);
    const std::string text = describe(complaints, "file");
    for (const char c : text) CHECK(static_cast<unsigned char>(c) >= ' ' || c == '\n');
}

// Of an entry that is written as a table of its own; others are for a person to edit.
void expect_removable(std::string_view text, const Manifest& manifest) {
    const std::string& slug = manifest.identities.front().slug;
    const auto without = with_identity_removed(text, slug);
    if (!without) {
        CHECK(without.error().code == ErrorCode::invalid);
        return;
    }
    const auto rest = read_text(*without, "file");
    CHECK(rest && rest->identities.size() + 1 == manifest.identities.size());
    CHECK(rest->find(slug) == nullptr);
    for (const Identity& identity : rest->identities)
        CHECK(identity.same_as(*manifest.find(identity.slug)));
}

void expect_addable(std::string_view text, const Manifest& manifest) {
    const std::string more = with_identity_added(text, kSlug, kUrl);
    const auto read = read_text(more, "file");
    if (!read) {
        // Not after an array of identities in one value.
        CHECK(text.find('[') != text.npos || text.find('{') != text.npos);
        return;
    }
    CHECK(read->identities.size() == manifest.identities.size() + 1);
    for (const Identity& identity : manifest.identities)
        CHECK(identity.same_as(*read->find(identity.slug)));
    const auto back = with_identity_removed(more, kSlug);
    CHECK(back);
    const auto same = read_text(*back, "file");
    CHECK(same && same->identities.size() == manifest.identities.size());
    for (const Identity& identity : manifest.identities)
        CHECK(identity.same_as(*same->find(identity.slug)));
}

}  // namespace
}  // namespace posta::manifest

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta::manifest;
    const std::string_view text = posta::fuzz::text_of(data, size);
    const auto manifest = read_text(text, "file");
    if (!manifest) {
        expect_reasons(manifest.error());
        return 0;
    }
    expect_right(*manifest);
    if (manifest->find(kSlug) == nullptr && text.find("zz-fuzz-added") == text.npos)
        expect_addable(text, *manifest);
    if (!manifest->identities.empty()) expect_removable(text, *manifest);
    return 0;
}
