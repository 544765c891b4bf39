#pragma once
// What a new manifest changes in what runs. Pure.
//
// The outcome names tenants by slug, in the order of the manifests. A tenant whose entry is the
// same is kept, and nothing of it is touched; whatever else differs makes it changed, which
// restarts it gracefully, or after the start that is under way. One that was put back to its old
// settings differs, and is tried again.

#include <string>
#include <vector>

#include "common/manifest/manifest.h"

namespace posta::supervisor {

// What the manifest says of one tenant.
struct TenantEntry {
    manifest::Identity identity;
    std::string data_dir;

    bool same_as(const TenantEntry& other) const {
        return identity.same_as(other.identity) && data_dir == other.data_dir;
    }
};

TenantEntry entry_of(const manifest::Manifest& manifest, const manifest::Identity& identity);
std::vector<TenantEntry> entries_of(const manifest::Manifest& manifest);

struct ReloadPlan {
    std::vector<std::string> added;
    std::vector<std::string> changed;
    std::vector<std::string> removed;
    std::vector<std::string> kept;
    // Of changed and kept: their settings wait for a worker that is starting. Not by plan_reload().
    std::vector<std::string> waiting;
    bool fronts_changed = false;  // what fronts are told at their start differs
    // Keys of [server] that only a new start of the supervisor can apply.
    std::vector<std::string> needs_new_start;
};

ReloadPlan plan_reload(const manifest::Server& server, const std::vector<TenantEntry>& running,
                       const manifest::Manifest& wanted);

}  // namespace posta::supervisor
