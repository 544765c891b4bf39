// Reloads of a simulated life, and what they change.

#include <algorithm>

#include "tests/unit/supervisor/simulation/simulated_server.h"

namespace posta::test {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using supervisor::SupervisedTenant;

manifest::Identity SimulatedServer::identity_named(const std::string& slug) {
    manifest::Identity identity;
    identity.slug = slug;
    identity.url = "https://" + slug + ".test";
    return identity;
}

void SimulatedServer::change_manifest() {
    auto& identities = manifest_.identities;
    manifest_broken_ = machinery_.chance() < 0.1;
    if (machinery_.chance() < 0.2) {
        const std::string slug = kSlugs[static_cast<std::size_t>(machinery_.pick(5))];
        if (manifest_.find(slug) == nullptr) identities.push_back(identity_named(slug));
    }
    if (identities.empty()) return;
    auto& one =
        identities[static_cast<std::size_t>(machinery_.pick(static_cast<int>(identities.size())))];
    const double choice = machinery_.chance();
    if (choice < 0.4)
        one.aliases = {"a" + std::to_string(++aliases_) + ".test"};
    else if (choice < 0.65)
        one.aliases = {"bad.test", "a" + std::to_string(++aliases_) + ".test"};
    else if (choice < 0.8)
        one.enabled = !one.enabled;
    else if (choice < 0.85)
        manifest_.server.front_processes = 1 + machinery_.pick(3);
    else if (choice < 0.95)
        std::erase_if(identities,
                      [slug = one.slug](const auto& identity) { return identity.slug == slug; });
}

void SimulatedServer::reload() {
    const auto plan = supervisor_->plan();
    if (plan)
        for (const auto& slugs : {plan->changed, plan->removed})
            for (const std::string& slug : slugs) touch(slug);
    if (plan)
        for (const std::string& slug : plan->changed) {
            put_back_.erase(slug);
            newer_waited_.insert(slug);  // it may wait and have its turn before this is over
        }
    if (plan && plan->fronts_changed) touch("front");
    forgive("front");  // one that failed is tried again
    if (plan)
        for (const std::string& slug : plan->removed) watched_.erase(slug);
    tell(plan ? "reload" : "reload of nonsense");
    failed_.clear();
    const auto reloaded = supervisor_->reload();
    expect(plan.has_value() == reloaded.has_value(), "plan and reload agree");
    check();
}

// Settings change faster than a worker starts, and not all of them work: the tenant is there all
// the same, again and again.
void SimulatedServer::reload_often() {
    const std::string slug = any_slug();
    SupervisedTenant* const tenant = supervisor_->tenants().find(slug);
    const auto wanted = std::find_if(manifest_.identities.begin(), manifest_.identities.end(),
                                     [&](const auto& one) { return one.slug == slug; });
    if (manifest_broken_ || wanted == manifest_.identities.end() || !wanted->enabled) return;
    reload();  // whatever stands in the manifest by now is no part of it
    if (tenant->keeper().state() != State::ready || tenant->on_trial() || tenant->newer_wait() ||
        premises_.missing.contains(tenant->entry().data_dir) || premises_.sockets_fail)
        return;
    const bool some_are_bad = machinery_.chance() < 0.3;
    tell("settings of " + slug + " change faster than it starts" +
         (some_are_bad ? ", and some are bad" : ""));
    const Milliseconds ready_after = machinery_.pick(50ms, 4000ms);
    const Milliseconds more = some_are_bad ? around_.limits.trial_at_most : Milliseconds(0);
    changed_ = {slug, ready_after, 2 * ready_after + 1s + more, machinery_.steady()};
    for (int round = 0; round < 20 && broken_.empty(); ++round) {
        wanted->aliases = {"a" + std::to_string(++aliases_) + ".test"};
        if (some_are_bad && machinery_.chance() < 0.5) wanted->aliases.emplace_back("worse.test");
        reload();
        machinery_.run_for(machinery_.pick(1ms, ready_after));
    }
    wanted->aliases = {"a" + std::to_string(++aliases_) + ".test"};
    reload();
    changed_.reset();
}

void SimulatedServer::check_changed(const SupervisedTenant& tenant) {
    if (!changed_ || changed_->slug != tenant.identity().slug) return;
    if (tenant.keeper().serving()) changed_->served = machinery_.steady();
    expect(machinery_.steady() - changed_->served <= changed_->at_most,
           changed_->slug + ": serves again and again however often its settings change");
}

// The worse ones never serve, the others do after their time.
Part SimulatedServer::draw_changed(const PlayedProcess& process) {
    Part part;
    part.ready_after = changed_->ready_after;
    part.drain_takes = machinery_.pick(0ms, 3000ms);
    if (process.settings.find("worse.test") == std::string::npos) return part;
    constexpr std::array<Part::End, 3> kEnds{Part::End::dies, Part::End::fails,
                                             Part::End::falls_silent};
    part.end = kEnds[static_cast<std::size_t>(machinery_.pick(3))];
    part.end_after = machinery_.pick(1ms, changed_->ready_after);
    return part;
}

}  // namespace posta::test
