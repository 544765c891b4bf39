#include "common/manifest/check.h"

#include <map>

#include "common/manifest/fields.h"
#include "common/url/canonical.h"

namespace posta::manifest {

namespace {

// The line of the identity's key; of its header when the key is not there.
int line_of(const Node& root, const Identity& identity, std::string_view key) {
    const Node* list = root.find("identity");
    if (list == nullptr) return identity.line;
    for (const Node& table : list->elements) {
        if (table.line != identity.line) continue;
        if (const Node* value = table.find(key)) return value->line;
    }
    return identity.line;
}

// Whether it has the host by its URL or by its aliases.
std::string_view key_of_host(const Identity& identity, std::string_view host) {
    return !identity.url.empty() && host == url::host_of(identity.url) ? "url" : "aliases";
}

}  // namespace

bool is_reserved_slug(std::string_view slug) {
    return slug == "supervisor" || slug == "control" || slug == "front";
}

void check(const Manifest& manifest, const Node& root, Complaints& complaints) {
    std::map<std::string, const Identity*> by_slug;
    std::map<std::string, const Identity*> by_host;
    for (const Identity& identity : manifest.identities) {
        const std::string subject = subject_of(identity);
        const auto complain = [&](std::string_view key, const std::string& text) {
            complaints.push_back({line_of(root, identity, key), subject,
                                  "key \"" + std::string(key) + "\": " + text});
        };
        if (is_reserved_slug(identity.slug))
            complain("slug",
                     "found \"" + identity.slug +
                         "\", which names files of the server itself, allowed is any other name");
        if (!identity.slug.empty()) {
            const auto [first, is_new] = by_slug.emplace(identity.slug, &identity);
            if (!is_new)
                complain("slug", "\"" + identity.slug + "\" is already taken (line " +
                                     std::to_string(line_of(root, *first->second, "slug")) +
                                     "), allowed is a slug of its own");
        }
        for (const std::string& host : identity.hosts()) {
            const auto [first, is_new] = by_host.emplace(host, &identity);
            if (is_new) continue;
            const Identity& other = *first->second;
            complain(key_of_host(identity, host),
                     "host \"" + host + "\" is already taken by " + subject_of(other) + " (line " +
                         std::to_string(line_of(root, other, key_of_host(other, host))) +
                         "), allowed is a host of its own");
        }
    }
}

}  // namespace posta::manifest
