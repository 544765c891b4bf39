#pragma once
// What a new manifest changes in the running one. Pure.
//
// The outcome names tenants by slug, in the order of the manifests. A tenant whose entry is the
// same is kept, and nothing of it is touched; whatever else differs makes it changed, which
// restarts it gracefully.

#include <string>
#include <vector>

#include "common/manifest/manifest.h"

namespace posta::supervisor {

struct ReloadPlan {
    std::vector<std::string> added;
    std::vector<std::string> changed;
    std::vector<std::string> removed;
    std::vector<std::string> kept;
    bool fronts_changed = false;  // what fronts are told at their start differs
    // Keys of [server] that only a new start of the supervisor can apply.
    std::vector<std::string> needs_new_start;
};

ReloadPlan plan_reload(const manifest::Manifest& running, const manifest::Manifest& wanted);

}  // namespace posta::supervisor
