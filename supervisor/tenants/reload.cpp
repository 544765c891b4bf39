#include "supervisor/tenants/reload.h"

namespace posta::supervisor {

namespace {

const TenantEntry* find(const std::vector<TenantEntry>& entries, const std::string& slug) {
    for (const TenantEntry& entry : entries)
        if (entry.identity.slug == slug) return &entry;
    return nullptr;
}

}  // namespace

TenantEntry entry_of(const manifest::Manifest& manifest, const manifest::Identity& identity) {
    return {identity, manifest.data_dir_of(identity.slug)};
}

std::vector<TenantEntry> entries_of(const manifest::Manifest& manifest) {
    std::vector<TenantEntry> entries;
    for (const manifest::Identity& identity : manifest.identities)
        entries.push_back(entry_of(manifest, identity));
    return entries;
}

ReloadPlan plan_reload(const manifest::Server& old, const std::vector<TenantEntry>& running,
                       const manifest::Manifest& wanted) {
    ReloadPlan plan;
    for (const manifest::Identity& identity : wanted.identities) {
        const TenantEntry* const runs = find(running, identity.slug);
        if (runs == nullptr) {
            plan.added.push_back(identity.slug);
        } else if (runs->same_as(entry_of(wanted, identity))) {
            plan.kept.push_back(identity.slug);
        } else {
            plan.changed.push_back(identity.slug);
        }
    }
    for (const TenantEntry& entry : running)
        if (wanted.find(entry.identity.slug) == nullptr)
            plan.removed.push_back(entry.identity.slug);

    const manifest::Server& fresh = wanted.server;
    plan.fronts_changed =
        old.trusted_proxies != fresh.trusted_proxies ||
        old.proxy_protocol != fresh.proxy_protocol || old.access_log != fresh.access_log ||
        old.front != fresh.front || old.require_layers != fresh.require_layers ||
        old.log_level != fresh.log_level || old.front_processes != fresh.front_processes;
    // Sockets and pid files stand in the run directory, and the sockets belong to the front's uid.
    if (old.run_dir != fresh.run_dir) plan.needs_new_start.push_back("run_dir");
    if (old.front_user != fresh.front_user) plan.needs_new_start.push_back("front_user");
    if (old.uid_range.first != fresh.uid_range.first) plan.needs_new_start.push_back("uid_range");
    return plan;
}

}  // namespace posta::supervisor
