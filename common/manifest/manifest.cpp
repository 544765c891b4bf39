#include "common/manifest/manifest.h"

#include <array>

#include "common/url/canonical.h"

namespace posta::manifest {

namespace {

constexpr std::array<std::string_view, 3> kAccessLogNames = {"off", "sampled", "all"};

}  // namespace

std::string_view name_of(AccessLog mode) { return kAccessLogNames[static_cast<std::size_t>(mode)]; }

std::optional<AccessLog> access_log_from(std::string_view name) {
    for (std::size_t at = 0; at < kAccessLogNames.size(); ++at)
        if (kAccessLogNames[at] == name) return static_cast<AccessLog>(at);
    return std::nullopt;
}

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
