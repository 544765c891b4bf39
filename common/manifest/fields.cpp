#include "common/manifest/fields.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>

#include "common/base/nearest_name.h"
#include "common/base/text_table.h"
#include "common/confine/layers.h"
#include "common/http/head.h"
#include "common/url/canonical.h"

namespace posta::manifest {
namespace {

using Kind = Node::Kind;

// Sets one value; false when the node is not what `allowed` says.
template <class Target>
struct Field {
    std::string_view name;
    std::string_view allowed;
    bool (*set)(Target&, const Node&);
};

bool set_int(int& target, const Node& node, int least, int most) {
    if (node.kind != Kind::integer || node.integer < least || node.integer > most) return false;
    target = static_cast<int>(node.integer);
    return true;
}

bool set_bool(bool& target, const Node& node) {
    if (node.kind != Kind::boolean) return false;
    target = node.boolean;
    return true;
}

bool set_path(std::string& target, const Node& node) {
    if (node.kind != Kind::string || !node.string.starts_with('/')) return false;
    if (node.string.size() > 4000 || printable(node.string) != node.string) return false;
    target = node.string;
    while (target.size() > 1 && target.ends_with('/')) target.pop_back();
    return true;
}

bool set_log_level(LogLevel& target, const Node& node) {
    if (node.kind != Kind::string) return false;
    const std::optional<LogLevel> level = log_level_from(node.string);
    if (level) target = *level;
    return level.has_value();
}

bool set_access_log(AccessLog& target, const Node& node) {
    if (node.kind != Kind::string) return false;
    const std::optional<AccessLog> mode = access_log_from(node.string);
    if (mode) target = *mode;
    return mode.has_value();
}

bool set_acl(Acl& target, const Node& node) {
    if (node.kind != Kind::string) return false;
    if (node.string != "open" && node.string != "contacts") return false;
    target = node.string == "open" ? Acl::open : Acl::contacts;
    return true;
}

bool is_cidr(const std::string& text) {
    const std::size_t slash = text.find('/');
    const std::string address = text.substr(0, slash);
    in_addr v4{};
    in6_addr v6{};
    const bool is_v4 = ::inet_pton(AF_INET, address.c_str(), &v4) == 1;
    if (!is_v4 && ::inet_pton(AF_INET6, address.c_str(), &v6) != 1) return false;
    if (address.size() != std::min(slash, text.size())) return false;
    if (slash == std::string::npos) return true;
    unsigned bits = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data() + slash + 1, end, bits);
    return error == std::errc() && stopped == end && bits <= (is_v4 ? 32U : 128U);
}

bool set_proxies(std::vector<std::string>& target, const Node& node) {
    if (node.kind != Kind::list) return false;
    for (const Node& element : node.elements) {
        if (element.kind != Kind::string || !is_cidr(element.string)) return false;
        target.push_back(element.string);
    }
    return true;
}

bool set_uid_range(std::pair<std::uint32_t, std::uint32_t>& target, const Node& node) {
    constexpr std::int64_t kHighest = std::numeric_limits<std::uint32_t>::max() - 1;  // -1: no uid
    if (node.kind != Kind::list || node.elements.size() != 2) return false;
    const Node& first = node.elements[0];
    const Node& last = node.elements[1];
    if (first.kind != Kind::integer || last.kind != Kind::integer) return false;
    if (first.integer < 1 || last.integer > kHighest || first.integer > last.integer) return false;
    target = {static_cast<std::uint32_t>(first.integer), static_cast<std::uint32_t>(last.integer)};
    return true;
}

bool set_user(std::string& target, const Node& node) {
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    if (node.kind != Kind::string || node.string.empty() || node.string.size() > 32) return false;
    if (node.string.find_first_not_of(kAllowed) != std::string::npos) return false;
    target = node.string;
    return true;
}

// An entry's list replaces that of [server].
bool set_layers(std::vector<std::string>& target, const Node& node) {
    if (node.kind != Kind::list) return false;
    std::vector<std::string> layers;
    for (const Node& element : node.elements) {
        if (element.kind != Kind::string || !is_layer(element.string)) return false;
        layers.push_back(element.string);
    }
    target = std::move(layers);
    return true;
}

constexpr std::string_view kAbsolutePath = "an absolute path";
constexpr std::string_view kLevels = "\"debug\", \"info\", \"warn\" or \"error\"";
constexpr std::string_view kAccessLogs = "\"off\", \"sampled\" or \"all\"";
constexpr std::string_view kRates = "a whole number from 0 (no limit) to 1000000";
constexpr std::string_view kFlag = "true or false";
constexpr std::string_view kSeconds = "a whole number of seconds from 1 to 3600";
constexpr std::string_view kLayerList =
    "a list of \"limits\", \"descriptors\", \"user\", \"undumpable\", \"landlock\", \"seccomp\"";

constexpr Field<TenantSettings> kTenantFields[] = {
    {"acl", "\"open\" or \"contacts\"",
     [](TenantSettings& to, const Node& node) { return set_acl(to.acl, node); }},
    {"rate_per_minute", kRates,
     [](TenantSettings& to, const Node& node) {
         return set_int(to.rate_per_minute, node, 0, 1'000'000);
     }},
    {"rate_per_minute_address", kRates,
     [](TenantSettings& to, const Node& node) {
         return set_int(to.rate_per_minute_address, node, 0, 1'000'000);
     }},
    {"allow_private_peers", kFlag,
     [](TenantSettings& to, const Node& node) { return set_bool(to.allow_private_peers, node); }},
    {"ca_bundle", kAbsolutePath,
     [](TenantSettings& to, const Node& node) { return set_path(to.ca_bundle, node); }},
    {"log_level", kLevels,
     [](TenantSettings& to, const Node& node) { return set_log_level(to.log_level, node); }},
    {"memory_limit_mb", "a whole number from 32 to 1048576",
     [](TenantSettings& to, const Node& node) {
         return set_int(to.memory_limit_mb, node, 32, 1'048'576);
     }},
    {"descriptor_limit", "a whole number from 64 to 65536",
     [](TenantSettings& to, const Node& node) {
         return set_int(to.descriptor_limit, node, 64, 65'536);
     }},
    {"database_limit_mb", "a whole number from 0 (no limit) to 16777216",
     [](TenantSettings& to, const Node& node) {
         return set_int(to.database_limit_mb, node, 0, 16'777'216);
     }},
    {"connection_limit", "a whole number from 0 (its fair share alone) to 1000000",
     [](TenantSettings& to, const Node& node) {
         return set_int(to.connection_limit, node, 0, 1'000'000);
     }},
    {"requests_per_second", kRates,
     [](TenantSettings& to, const Node& node) {
         return set_int(to.requests_per_second, node, 0, 1'000'000);
     }},
    {"access_log", kAccessLogs,
     [](TenantSettings& to, const Node& node) { return set_access_log(to.access_log, node); }},
    {"require_layers", kLayerList,
     [](TenantSettings& to, const Node& node) { return set_layers(to.require_layers, node); }},
};

constexpr Field<Server> kServerFields[] = {
    {"data_dir", kAbsolutePath,
     [](Server& to, const Node& node) { return set_path(to.data_dir, node); }},
    {"run_dir", kAbsolutePath,
     [](Server& to, const Node& node) { return set_path(to.run_dir, node); }},
    {"front_processes", "a whole number from 1 to 64",
     [](Server& to, const Node& node) { return set_int(to.front_processes, node, 1, 64); }},
    {"uid_range", "two whole numbers, first and last uid, from 1 to 4294967294",
     [](Server& to, const Node& node) { return set_uid_range(to.uid_range, node); }},
    {"front_user", "the name of a user",
     [](Server& to, const Node& node) { return set_user(to.front_user, node); }},
    {"trusted_proxies", "a list of addresses or networks, such as [\"10.0.0.1/32\"]",
     [](Server& to, const Node& node) { return set_proxies(to.trusted_proxies, node); }},
    {"proxy_protocol", kFlag,
     [](Server& to, const Node& node) { return set_bool(to.proxy_protocol, node); }},
    {"front_head_seconds", kSeconds,
     [](Server& to, const Node& node) { return set_int(to.front.head_seconds, node, 1, 3600); }},
    {"front_body_idle_seconds", kSeconds,
     [](Server& to, const Node& node) {
         return set_int(to.front.body_idle_seconds, node, 1, 3600);
     }},
    {"front_keep_alive_seconds", kSeconds,
     [](Server& to, const Node& node) {
         return set_int(to.front.keep_alive_seconds, node, 1, 3600);
     }},
    {"front_hold_seconds", kSeconds,
     [](Server& to, const Node& node) { return set_int(to.front.hold_seconds, node, 1, 3600); }},
    {"front_answer_seconds", kSeconds,
     [](Server& to, const Node& node) { return set_int(to.front.answer_seconds, node, 1, 3600); }},
    {"front_connections_per_address", "a whole number from 1 to 1000000",
     [](Server& to, const Node& node) {
         return set_int(to.front.connections_per_address, node, 1, 1'000'000);
     }},
    {"front_head_bytes", "a whole number from 1024 to 65536",
     [](Server& to, const Node& node) {
         return set_int(to.front.head_bytes, node, http::kLeastHeadBytes, http::kMostHeadBytes);
     }},
    {"front_head_fields", "a whole number from 16 to 1000",
     [](Server& to, const Node& node) {
         return set_int(to.front.head_fields, node, http::kLeastFields, http::kMostFields);
     }},
    {"access_log", kAccessLogs,
     [](Server& to, const Node& node) { return set_access_log(to.access_log, node); }},
    {"log_level", kLevels,
     [](Server& to, const Node& node) { return set_log_level(to.log_level, node); }},
    {"require_layers", kLayerList,
     [](Server& to, const Node& node) { return set_layers(to.require_layers, node); }},
};

bool set_slug(Identity& to, const Node& node) {
    if (node.kind != Kind::string || !is_slug(node.string)) return false;
    to.slug = node.string;
    return true;
}

// An alias is a host alone: what the canonicaliser makes of it as a URL must be that host again.
std::optional<std::string> alias_host(const std::string& alias) {
    if (alias.find_first_of("/:@?#\\") != std::string::npos) return std::nullopt;
    const Result<std::string, url::Rejection> canonical = url::canonicalise("https://" + alias);
    if (!canonical) return std::nullopt;
    return std::string(url::host_of(*canonical));
}

bool set_aliases(Identity& to, const Node& node) {
    if (node.kind != Kind::list) return false;
    for (const Node& element : node.elements) {
        if (element.kind != Kind::string) return false;
        const std::optional<std::string> host = alias_host(element.string);
        if (!host) return false;
        if (std::find(to.aliases.begin(), to.aliases.end(), *host) == to.aliases.end())
            to.aliases.push_back(*host);
    }
    return true;
}

constexpr Field<Identity> kIdentityFields[] = {
    {"slug", "1 to 63 of a-z, 0-9 and '-', with no '-' at either end", set_slug},
    {"aliases", "a list of host names without scheme, port or path", set_aliases},
    {"enabled", kFlag, [](Identity& to, const Node& node) { return set_bool(to.enabled, node); }},
};

// One table of the file: reads its known keys, field table by field table, then tells of the rest.
class Section {
public:
    Section(const Node& table, std::string subject, Complaints& complaints)
        : table_(table), subject_(std::move(subject)), complaints_(complaints) {}

    template <class Target>
    void read(std::span<const Field<Target>> fields, Target& target) {
        for (const Field<Target>& field : fields) {
            know(field.name);
            const Node* node = table_.find(field.name);
            if (!node || field.set(target, *node)) continue;
            complain(node->line, "key \"" + std::string(field.name) + "\": found " +
                                     describe(*node) + ", allowed is " +
                                     std::string(field.allowed));
        }
    }

    void know(std::string_view name) {
        if (std::find(known_.begin(), known_.end(), name) == known_.end()) known_.push_back(name);
    }

    void complain(int line, std::string text) {
        // A key that is in two field tables ([server] log_level) is told once.
        Complaint complaint{line, subject_, std::move(text)};
        if (std::find(complaints_.begin(), complaints_.end(), complaint) == complaints_.end())
            complaints_.push_back(std::move(complaint));
    }

    void complain_about_unknown() {
        for (const auto& [name, node] : table_.members) {
            if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
            const std::string hint = did_you_mean(name, known_);
            std::string all;
            for (const std::string_view known : known_)
                all += (all.empty() ? "" : ", ") + std::string(known);
            complain(node.line, "unknown key \"" + printable(name) + "\"" +
                                    (hint.empty() ? ", allowed are " + all : hint));
        }
    }

private:
    const Node& table_;
    std::string subject_;
    Complaints& complaints_;
    std::vector<std::string_view> known_;
};

void read_url(const Node& table, Section& section, Identity& identity) {
    const Node* node = table.find("url");
    if (!node) {
        section.complain(table.line,
                         "key \"url\" is missing, allowed is the https URL of the "
                         "identity");
        return;
    }
    if (node->kind != Kind::string) {
        section.complain(node->line, "key \"url\": found " + describe(*node) +
                                         ", allowed is the https URL of the identity");
        return;
    }
    Result<std::string, url::Rejection> canonical = url::canonicalise(node->string);
    if (canonical) {
        identity.url = std::move(canonical).value();
        return;
    }
    section.complain(node->line, "key \"url\": found " + describe(*node) + ", which is " +
                                     std::string(url::name_of(canonical.error())) + ": " +
                                     std::string(url::advice_for(canonical.error())));
}

Identity identity_from(const Node& table, const TenantSettings& defaults, Complaints& complaints) {
    Identity identity;
    identity.line = table.line;
    identity.settings = defaults;
    if (const Node* slug = table.find("slug")) set_slug(identity, *slug);

    Section section(table, subject_of(identity), complaints);
    section.read<Identity>(kIdentityFields, identity);
    section.read<TenantSettings>(kTenantFields, identity.settings);
    section.know("url");
    if (!table.find("slug"))
        section.complain(table.line, "key \"slug\" is missing, allowed is " +
                                         std::string(kIdentityFields[0].allowed));
    read_url(table, section, identity);
    if (!identity.url.empty())
        std::erase(identity.aliases, std::string(url::host_of(identity.url)));
    section.complain_about_unknown();
    return identity;
}

}  // namespace

std::string subject_of(const Identity& identity) {
    return identity.slug.empty() ? "identity" : "identity \"" + identity.slug + "\"";
}

Manifest manifest_from(const Node& root, Complaints& complaints) {
    Manifest manifest;
    TenantSettings defaults;
    Section top(root, "", complaints);
    top.know("server");
    top.know("identity");
    top.complain_about_unknown();

    if (const Node* table = root.find("server")) {
        if (table->kind == Kind::table) {
            Section section(*table, "server", complaints);
            section.read<Server>(kServerFields, manifest.server);
            section.read<TenantSettings>(kTenantFields, defaults);
            section.complain_about_unknown();
        } else {
            top.complain(table->line, "key \"server\": found " + describe(*table) +
                                          ", allowed is a table: [server]");
        }
    }
    const Node* list = root.find("identity");
    if (!list) return manifest;
    if (list->kind != Kind::list)
        top.complain(list->line, "key \"identity\": found " + describe(*list) +
                                     ", allowed is one [[identity]] for each, in two brackets");
    for (const Node& table : list->elements) {
        if (table.kind == Kind::table)
            manifest.identities.push_back(identity_from(table, defaults, complaints));
        else
            top.complain(table.line, "key \"identity\": found " + describe(table) +
                                         ", allowed is one [[identity]] for each");
    }
    return manifest;
}

}  // namespace posta::manifest
