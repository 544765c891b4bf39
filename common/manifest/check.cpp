#include "common/manifest/check.h"

#include <map>

#include "common/manifest/fields.h"
#include "common/url/canonical.h"

namespace posta::manifest {

bool is_reserved_slug(std::string_view slug) {
    return slug == "supervisor" || slug == "control" || slug == "front";
}

void check(const Manifest& manifest, Complaints& complaints) {
    std::map<std::string, const Identity*> by_slug;
    std::map<std::string, const Identity*> by_host;
    for (const Identity& identity : manifest.identities) {
        const std::string subject = subject_of(identity);
        const auto complain = [&](std::string text) {
            complaints.push_back({identity.line, subject, std::move(text)});
        };
        if (is_reserved_slug(identity.slug))
            complain("key \"slug\": found \"" + identity.slug +
                     "\", which names files of the server itself, allowed is any other name");
        if (!identity.slug.empty()) {
            const auto [first, is_new] = by_slug.emplace(identity.slug, &identity);
            if (!is_new)
                complain("key \"slug\": \"" + identity.slug + "\" is already taken (line " +
                         std::to_string(first->second->line) + "), allowed is a slug of its own");
        }
        for (const std::string& host : identity.hosts()) {
            const auto [first, is_new] = by_host.emplace(host, &identity);
            if (is_new) continue;
            const Identity& other = *first->second;
            const std::string_view key =
                !identity.url.empty() && host == url::host_of(identity.url) ? "url" : "aliases";
            complain("key \"" + std::string(key) + "\": host \"" + host +
                     "\" is already taken by " + subject_of(other) + " (line " +
                     std::to_string(other.line) + "), allowed is a host of its own");
        }
    }
}

}  // namespace posta::manifest
