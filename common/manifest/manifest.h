#pragma once
// What identities.toml says (files.md), as plain values. Once read() and check() have passed, a
// Manifest is right: URLs are canonical, hosts are unique, per-identity values already include what
// [server] gives as default. Nobody checks again.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/log.h"

namespace posta::manifest {

enum class Acl { open, contacts };
std::string_view name_of(Acl acl);

// For which requests the front writes a line: none, one of a hundred and each that failed, each.
enum class AccessLog { off, sampled, all };
std::string_view name_of(AccessLog mode);
std::optional<AccessLog> access_log_from(std::string_view name);

// Given in [server] for all, in [[identity]] for one.
struct TenantSettings {
    Acl acl = Acl::open;
    int rate_per_minute = 60;            // inbound messages per proven sender; 0: no limit
    int rate_per_minute_address = 1200;  // wire POSTs per client address; 0: no limit
    bool allow_private_peers = false;
    std::string ca_bundle = "/etc/ssl/certs/ca-certificates.crt";
    LogLevel log_level = LogLevel::info;
    // What one tenant may use; 0: no limit of its own, except where that is said.
    int memory_limit_mb = 256;
    int descriptor_limit = 4096;     // of its worker; never 0
    int database_limit_mb = 10'240;  // of inbox.db; what comes in over it is refused
    int connection_limit = 0;        // at the front; 0: only its fair share (tenant_load.h)
    int requests_per_second = 0;     // at the front
    AccessLog access_log = AccessLog::off;
    // Layers of the sandbox without which nothing is served; names of common/confine/layers.h.
    std::vector<std::string> require_layers{};

    bool operator==(const TenantSettings&) const = default;
};

struct Identity {
    std::string slug;
    std::string url;                   // canonical
    std::vector<std::string> aliases;  // further hosts, canonical as in http::HostName
    bool enabled = true;
    TenantSettings settings;
    int line = 0;  // of its [[identity]] in the file

    // Every host that routes here: the URL's, then the aliases.
    std::vector<std::string> hosts() const;

    // Equal apart from the line: a reload that only moves an entry changes nothing.
    bool same_as(const Identity& other) const;
};

// What the front allows a client.
struct ClientBounds {
    int head_seconds = 10;         // from a head's first byte to its last
    int body_idle_seconds = 30;    // a body that does not move
    int keep_alive_seconds = 150;  // between requests; longer than a proxy in front keeps it
    int hold_seconds = 10;         // for a worker that is away
    int answer_seconds = 120;      // for an answer to begin
    int connections_per_address = 1024;
    int head_bytes = 16'384;
    int head_fields = 100;

    bool operator==(const ClientBounds&) const = default;
};

struct Server {
    std::string data_dir = "/var/lib/posta";
    std::string run_dir = "/run/posta";
    int front_processes = 1;
    std::pair<std::uint32_t, std::uint32_t> uid_range{700000, 799999};
    std::string front_user;                    // empty: a uid kept for it
    std::vector<std::string> trusted_proxies;  // CIDR, as written
    bool proxy_protocol = false;               // these begin with a PROXY header
    AccessLog access_log = AccessLog::off;     // of requests that are nobody's
    ClientBounds front;
    LogLevel log_level = LogLevel::info;
    std::vector<std::string> require_layers;  // of the front
};

struct Manifest {
    std::string path;
    Server server;
    std::vector<Identity> identities;

    const Identity* find(std::string_view slug) const;
    std::string data_dir_of(std::string_view slug) const;  // <data_dir>/<slug>
};

// Pattern [a-z0-9-]+, at most 63, no '-' at either end.
bool is_slug(std::string_view text);

}  // namespace posta::manifest
