#include "common/manifest/manifest.h"

#include "common/url/canonical.h"

namespace posta::manifest {

std::string_view name_of(Acl acl) {
    switch (acl) {
        case Acl::open:
            return "open";
        case Acl::contacts:
            return "contacts";
    }
    CHECK(false);
}

std::vector<std::string> Identity::hosts() const {
    std::vector<std::string> hosts;
    if (!url.empty()) hosts.emplace_back(url::host_of(url));
    hosts.insert(hosts.end(), aliases.begin(), aliases.end());
    return hosts;
}

bool Identity::same_as(const Identity& other) const {
    return slug == other.slug && url == other.url && aliases == other.aliases &&
           enabled == other.enabled && settings == other.settings;
}

const Identity* Manifest::find(std::string_view slug) const {
    for (const Identity& identity : identities)
        if (identity.slug == slug) return &identity;
    return nullptr;
}

std::string Manifest::data_dir_of(std::string_view slug) const {
    return server.data_dir + "/" + std::string(slug);
}

bool is_slug(std::string_view text) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
    return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
           text.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace posta::manifest
