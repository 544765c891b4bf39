// Reloads of a simulated life, and what they change.

#include <algorithm>

#include "tests/unit/supervisor/simulation/simulated_server.h"

namespace posta::test {

using std::chrono_literals::operator""h;
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
    not_to_be_replaced_ = plan ? starting_and_wanted() : std::set<int>();
    const auto reloaded = supervisor_->reload();
    not_to_be_replaced_.clear();
    expect(plan.has_value() == reloaded.has_value(), "plan and reload agree");
    if (reloaded) {
        loaded_ = manifest_;
        std::vector<std::string> waiting;
        for (const auto& tenant : supervisor_->tenants().all())
            if (tenant->newer_wait()) waiting.push_back(tenant->identity().slug);
        expect(reloaded->waiting == waiting, "a reload says whose settings wait");
    }
    check();
}

// The workers of tenants that stay which are starting, on the socket that is there.
std::set<int> SimulatedServer::starting_and_wanted() const {
    std::set<int> pids;
    for (const auto& tenant : supervisor_->tenants().all()) {
        const std::string& slug = tenant->identity().slug;
        const manifest::Identity* const wanted = manifest_.find(slug);
        if (tenant->keeper().state() == State::starting && wanted != nullptr && wanted->enabled &&
            premises_.sockets.contains(slug) &&
            !of_version_before_.contains(tenant->keeper().pid()))
            pids.insert(tenant->keeper().pid());
    }
    return pids;
}

// Settings change faster than a worker starts, and not all of them work: some worker of the tenant
// becomes ready all the same, again and again.
void SimulatedServer::reload_often() {
    const std::string slug = any_slug();
    SupervisedTenant* const tenant = supervisor_->tenants().find(slug);
    const auto wanted = std::find_if(manifest_.identities.begin(), manifest_.identities.end(),
                                     [&](const auto& one) { return one.slug == slug; });
    if (manifest_broken_ || wanted == manifest_.identities.end() || !wanted->enabled) return;
    reload();  // whatever stands in the manifest by now is no part of it
    if (tenant->keeper().state() != State::ready || tenant->on_trial() ||
        premises_.missing.contains(tenant->entry().data_dir) || premises_.sockets_fail)
        return;
    const bool some_are_bad = machinery_.chance() < 0.3;
    tell("settings of " + slug + " change faster than it starts" +
         (some_are_bad ? ", and some are bad" : ""));
    const Milliseconds ready_after = machinery_.pick(50ms, 4000ms);
    // The one that drains, or is killed for that it does not, and the one after it. A bad one has
    // a trial's time, and several may follow each other.
    const Milliseconds at_most = around_.limits.drain_at_most + ready_after + 1s;
    changed_ = {slug, ready_after, some_are_bad ? 24h : at_most, machinery_.steady()};
    for (int round = 0; round < 20 && broken_.empty(); ++round) {
        wanted->aliases = {"a" + std::to_string(++aliases_) + ".test"};
        if (some_are_bad && machinery_.chance() < 0.5)
            wanted->aliases.insert(wanted->aliases.begin(), "worse.test");
        reload();
        machinery_.run_for(machinery_.pick(1ms, ready_after));
    }
    wanted->aliases = {"a" + std::to_string(++aliases_) + ".test"};
    reload();
    changed_.reset();
}

void SimulatedServer::check_settings(const SupervisedTenant& tenant) {
    const std::string& slug = tenant.identity().slug;
    if (changed_ && changed_->slug == slug) {
        if (tenant.keeper().serving()) changed_->served = machinery_.steady();
        expect(machinery_.steady() - changed_->served <= changed_->at_most,
               slug + ": becomes ready again and again however often its settings change");
    }
    tenant.newer_wait() ? (void)newer_waited_.insert(slug) : (void)newer_waited_.erase(slug);
    if (tenant.newer_wait())
        expect(tenant.keeper().state() == State::starting,
               slug + ": newer settings wait for a worker that starts, and for nothing else");
    const auto alias_of = [](const SupervisedTenant& one) {
        const auto& aliases = one.entry().identity.aliases;
        return aliases.empty() ? std::string() : aliases.back();
    };
    std::string& on_trial = alias_on_trial_[slug];
    const bool put_back =
        !on_trial.empty() && on_trial != alias_of(tenant) && !tenant.put_back_because().empty();
    if (put_back && !premises_.missing.contains(tenant.entry().data_dir))
        expect(aliases_started_.contains(on_trial),
               slug + ": settings are put back only when a worker was started with them");
    on_trial = tenant.on_trial() ? alias_of(tenant) : "";
}

// At the end of calm.
void SimulatedServer::check_newest(const SupervisedTenant& tenant) {
    const std::string& slug = tenant.identity().slug;
    const manifest::Identity* const wanted = loaded_.find(slug);
    expect(wanted != nullptr, slug + " is in the manifest");
    if (wanted == nullptr) return;
    expect(!tenant.newer_wait() || tenant.keeper().state() == State::starting,
           slug + ": newer settings have had their turn");
    if (tenant.newer_wait() || tenant.on_trial() || !tenant.put_back_because().empty()) return;
    expect(tenant.entry().same_as(supervisor::entry_of(loaded_, *wanted)),
           slug + ": the newest settings are in force");
    for (const Process& process : machinery_.processes())
        if (process->pid == tenant.keeper().pid() && !wanted->aliases.empty())
            expect(process->settings.find(wanted->aliases.back()) != std::string::npos,
                   slug + ": its worker has the newest settings");
}

// The worse ones never serve, the others do after their time.
Part SimulatedServer::draw_changed(const PlayedProcess& process) {
    Part part;
    part.ready_after = changed_->ready_after;
    part.drain_takes = machinery_.pick(0ms, 3000ms);
    part.stubborn = machinery_.chance() < 0.1;
    if (process.settings.find("worse.test") == std::string::npos) return part;
    constexpr std::array<Part::End, 3> kEnds{Part::End::dies, Part::End::fails,
                                             Part::End::falls_silent};
    part.end = kEnds[static_cast<std::size_t>(machinery_.pick(3))];
    part.end_after = machinery_.pick(1ms, changed_->ready_after);
    return part;
}

}  // namespace posta::test
