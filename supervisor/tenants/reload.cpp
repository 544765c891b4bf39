#include "supervisor/tenants/reload.h"

namespace posta::supervisor {

ReloadPlan plan_reload(const manifest::Manifest& running, const manifest::Manifest& wanted) {
    ReloadPlan plan;
    for (const manifest::Identity& identity : wanted.identities) {
        const manifest::Identity* old = running.find(identity.slug);
        if (old == nullptr) {
            plan.added.push_back(identity.slug);
        } else if (old->same_as(identity) &&
                   running.data_dir_of(identity.slug) == wanted.data_dir_of(identity.slug)) {
            plan.kept.push_back(identity.slug);
        } else {
            plan.changed.push_back(identity.slug);
        }
    }
    for (const manifest::Identity& identity : running.identities)
        if (wanted.find(identity.slug) == nullptr) plan.removed.push_back(identity.slug);

    const manifest::Server& old = running.server;
    const manifest::Server& fresh = wanted.server;
    plan.fronts_changed = old.trusted_proxies != fresh.trusted_proxies ||
                          old.log_level != fresh.log_level ||
                          old.front_processes != fresh.front_processes;
    // Sockets and pid files stand in the run directory, and the sockets belong to the front's uid.
    if (old.run_dir != fresh.run_dir) plan.needs_new_start.push_back("run_dir");
    if (old.front_user != fresh.front_user) plan.needs_new_start.push_back("front_user");
    if (old.uid_range.first != fresh.uid_range.first) plan.needs_new_start.push_back("uid_range");
    return plan;
}

}  // namespace posta::supervisor
