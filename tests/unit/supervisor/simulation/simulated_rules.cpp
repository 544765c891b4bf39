// What must hold after every event of a simulated life, and when a process is signalled or ends.

#include <algorithm>
#include <csignal>

#include "common/command.h"
#include "tests/unit/supervisor/simulation/simulated_server.h"

namespace posta::test {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using supervisor::SupervisedTenant;

namespace {

constexpr auto kFrontPatience = 150s;  // how long its clients may be idle, by default
constexpr std::ptrdiff_t kMostPatientFronts = 3;
constexpr std::ptrdiff_t kMostDismissedFronts = 2;  // of three, when one is enough

}  // namespace

void SimulatedServer::check() {
    if (!broken_.empty() || gone_) return;
    for (const auto& tenant : supervisor_->tenants().all()) check_tenant(*tenant);
    for (const Process& process : machinery_.processes()) check_process(*process);
    check_fronts();
    expect(machinery_.lost() == 0, "no process is lost");
    forget_spent_reasons();
}

// A reason is good for what follows from it. Whoever has settled since needs a new one.
void SimulatedServer::forget_spent_reasons() {
    std::erase_if(touched_,
                  [this](const auto& reason) { return is_spent(reason.first, reason.second); });
}

bool SimulatedServer::is_spent(const std::string& name, SteadyTime since) const {
    constexpr auto kLongest = 15s;  // a trial, a drain, the look at the run directory
    if (machinery_.steady() - since < kLongest ||
        supervisor_->succession().state() == supervisor::Succession::State::under_way)
        return false;
    if (name == "front") {
        const auto& fronts = supervisor_->fronts().all();
        return std::all_of(fronts.begin(), fronts.end(), [](const auto& front) {
            return front->serving() && !front->has_leaving();
        });
    }
    const SupervisedTenant* const tenant = supervisor_->tenants().find(name);
    return tenant != nullptr && tenant->keeper().serving() && !tenant->keeper().has_leaving() &&
           !tenant->on_trial() && !tenant->newer_wait() && premises_.sockets.contains(name);
}

void SimulatedServer::check_tenant(const SupervisedTenant& tenant) {
    const std::string& slug = tenant.identity().slug;
    const supervisor::Keeper& keeper = tenant.keeper();
    Watched& watched = watched_[slug];
    if (!tenant.identity().enabled) watched.stopped_by_operator = false;

    if (keeper.state() == State::failed) forgive(slug);  // the next start has a reason of its own

    const bool waits = supervisor::waits(keeper.state());
    expect(waits == keeper.history().next_try.has_value(), slug + ": who waits knows how long");
    if (waits && keeper.history().next_try) {
        const auto left = *keeper.history().next_try - machinery_.now();
        expect(left >= 0ms, slug + ": a wait ends when its time has come");
        expect(left <= (keeper.state() == State::backoff ? 60s : 1s),
               slug + ": a wait is never longer than its bound");
    }
    expect(supervisor::has_process(keeper.state()) == (keeper.pid() != 0),
           slug + ": its state knows whether a process runs");
    const auto pid = premises_.pids.find(slug);
    expect((pid == premises_.pids.end() ? 0 : pid->second) == keeper.pid(),
           slug + ": the pid file names its process");
    if (tenant.route().state == contracts::Route::State::ready)
        expect(keeper.serving(), slug + ": requests go to one that serves");
    check_settings(tenant);
    if (tenant.on_trial())
        expect(keeper.state() != State::stopped && keeper.state() != State::failed,
               slug + ": a trial ends with its tenant");
}

void SimulatedServer::check_process(const PlayedProcess& process) {
    if (!process.alive) return;
    const auto now = machinery_.steady();
    const supervisor::KeeperLimits& limits = around_.limits;
    const auto heartbeat = limits.ping_every + 1s;
    const auto silent_at_most = process.migrating && !process.ready
                                    ? limits.starting_at_most
                                    : limits.starting_silent_at_most;
    if (process.silent)
        expect(now - process.last_sign <= silent_at_most + heartbeat,
               process.name + ": a silent one is killed");
    if (!process.ready)
        expect(now - process.got_on <= limits.starting_at_most + limits.drain_at_most + heartbeat,
               process.name + ": one that never becomes ready is killed");
    const bool patient = process.name == "front" && !process.told_to_leave;
    const auto drain_at_most = limits.drain_at_most + (patient ? kFrontPatience : 0s);
    const auto since = patient || process.name != "front"
                           ? process.draining_since
                           : std::max(process.draining_since, process.told_to_leave_at);
    if (process.draining)
        expect(now - since <= drain_at_most + 1s,
               process.name + ": one that drains leaves in time");
    if (process.name != "front" && supervisor_->tenants().find(process.name) == nullptr)
        expect(process.draining || process.asked_to_drain != SteadyTime::max(),
               process.name + ": one that was removed is asked to leave");
    check_company(process);
}

// The worker that goes on is told when it alone is left: then it sends what its predecessor had
// queued.
void SimulatedServer::check_company(const PlayedProcess& process) {
    if (process.told_alone || !process.had_company || process.name == "front") return;
    const auto& all = machinery_.processes();
    const auto namesakes = std::count_if(
        all.begin(), all.end(), [&](const Process& one) { return one->name == process.name; });
    const bool goes_on = !process.draining && process.asked_to_drain == SteadyTime::max();
    if (goes_on && namesakes == 1 && machinery_.steady() > process.others_left)
        expect(false, process.name + ": one that has outlived the other knows it");
}

// Each keeper's own few; the rest are told to leave.
void SimulatedServer::check_fronts() {
    const auto& all = machinery_.processes();
    const auto patient = std::count_if(all.begin(), all.end(), [](const Process& one) {
        return one->name == "front" && one->draining && one->alive && !one->told_to_leave &&
               one->asked_to_drain < SteadyTime::max();
    });
    const auto fronts = static_cast<std::ptrdiff_t>(supervisor_->fronts().all().size());
    // One more each: it drains, and its word of that is on the way.
    expect(patient <= (kMostPatientFronts + 1) * fronts + kMostDismissedFronts,
           "few fronts wait for their clients");
}

// There may be several fronts; a tenant has one keeper, and one that was removed is forgiven.
ExpectedPace& SimulatedServer::pace_of(const PlayedProcess& process) {
    return paces_[{process.name, process.name == "front" ? process.events : nullptr}];
}

// No child follows the one before it sooner than it may.
void SimulatedServer::check_pace(const PlayedProcess& process) {
    ExpectedPace& pace = pace_of(process);
    const SupervisedTenant* const tenant = supervisor_->tenants().find(process.name);
    const bool put_back = tenant != nullptr && !tenant->put_back_because().empty() &&
                          put_back_[process.name] != tenant->put_back_because();
    if (tenant != nullptr) put_back_[process.name] = tenant->put_back_because();
    const bool succeeds_version =
        supervisor_->succession().state() == supervisor::Succession::State::under_way;
    // What waited has its turn, which is a change as much as the reload that brought it.
    const bool newer =
        tenant != nullptr && !tenant->newer_wait() && newer_waited_.erase(process.name) > 0;
    if (put_back || newer || succeeds_version || taking_over_) pace.forgive();
    const std::string wrong = pace.on_start(machinery_.steady());
    expect(wrong.empty(), process.name + " " + wrong);
}

void SimulatedServer::judge_pace(const PlayedProcess& process, const supervisor::Exit& exit) {
    const supervisor::Keeper* keeper = nullptr;
    for (const auto& front : supervisor_->fronts().all())
        if (front->pid() == process.pid) keeper = front.get();
    if (SupervisedTenant* const tenant = supervisor_->tenants().find(process.name);
        tenant != nullptr && tenant->keeper().pid() == process.pid)
        keeper = &tenant->keeper();
    if (keeper == nullptr) return;
    const bool starting = keeper->state() == State::starting;
    if (!starting && keeper->state() != State::ready) return;  // it was to leave
    // A signal that came before it could listen asks for a restart.
    if (starting && (exit.signal == SIGTERM || exit.signal == SIGHUP)) return;
    ExpectedPace& pace = pace_of(process);
    if (process.name != "front" && exit.code == kExitConfig) return;
    const auto ready_for =
        process.ready ? machinery_.steady() - process.ready_since : SteadyTime::duration::zero();
    pace.on_death(machinery_.steady(), std::chrono::ceil<Milliseconds>(ready_for));
}

void SimulatedServer::forgive(const std::string& name) {
    for (auto& [keeper, pace] : paces_)
        if (keeper.first == name) pace.forgive();
}

// `failed` is for those who said so themselves, and lasts until there is a reason to try again.
void SimulatedServer::judge_exit(const PlayedProcess& process, const supervisor::Exit& exit,
                                 const std::function<void()>& tell_supervisor) {
    judge_pace(process, exit);
    if (process.name == "front") return judge_front_exit(process, exit, tell_supervisor);
    SupervisedTenant* const tenant = supervisor_->tenants().find(process.name);
    const bool counts =
        tenant != nullptr && tenant->keeper().pid() == process.pid && !supervisor_->stopping();
    const State before = counts ? tenant->keeper().state() : State::stopped;
    const bool unasked = before == State::starting || before == State::ready;
    const bool on_trial = counts && tenant->on_trial();
    const bool newer_waited = counts && tenant->newer_wait();
    tell_supervisor();
    if (!unasked) return;
    const State after = tenant->keeper().state();
    if (exit.code != kExitConfig) {
        // Newer settings that have waited are tried at once, and their directory may be missing.
        expect(after != State::failed || newer_waited,
               process.name + ": only a failed one is called failed");
    } else if (newer_waited) {
        expect(!tenant->newer_wait(), process.name + ": newer settings are tried when it failed");
    } else if (!on_trial) {
        expect(after == State::failed && tenant->keeper().history().reason == "no key",
               process.name + ": one that says that it failed is called failed, with its reason");
        // In an upgrade its turn is still to come, perhaps.
        if (supervisor_->succession().state() != supervisor::Succession::State::under_way)
            failed_.insert(process.name);
    } else {
        expect(!tenant->put_back_because().empty() || after == State::failed,
               process.name + ": settings that fail are put back");
        if (!tenant->put_back_because().empty() &&
            !premises_.missing.contains(tenant->entry().data_dir))
            expect(after != State::failed, process.name + ": who was put back is started");
    }
}

// Nobody is restarted who need not be.
void SimulatedServer::judge_signal(const PlayedProcess& process, int signal_number) {
    expect(!not_to_be_replaced_.contains(process.pid),
           process.name + ": one that is starting is not replaced by a reload");
    if (touched_.contains(process.name) || supervisor_->stopping()) return;
    const bool well = !process.silent && process.ready && !process.draining &&
                      process.asked_to_drain == SteadyTime::max();
    const auto age = machinery_.steady() - process.got_on;
    const bool slow = !process.ready && age >= around_.limits.starting_at_most;
    expect(!well && (process.silent || process.draining || slow ||
                     process.asked_to_drain != SteadyTime::max()),
           process.name + " got signal " + std::to_string(signal_number) + " for no reason");
}

// A front that failed is called so, too, and yet tried again.
void SimulatedServer::judge_front_exit(const PlayedProcess& process, const supervisor::Exit& exit,
                                       const std::function<void()>& tell_supervisor) {
    const supervisor::Keeper* keeper = nullptr;
    for (const auto& front : supervisor_->fronts().all())
        if (front->pid() == process.pid) keeper = front.get();
    const bool unasked = keeper != nullptr && !supervisor_->stopping() &&
                         (keeper->state() == State::starting || keeper->state() == State::ready);
    tell_supervisor();
    if (!unasked) return;
    const bool failed = exit.code == kExitConfig;
    expect((name_of(keeper->state()) == "failed") == failed,
           "front: one that says that it failed is called failed, and no other");
    if (failed)
        expect(keeper->history().reason == "no key" && keeper->history().next_try.has_value(),
               "front: one that failed says why and when it is tried again");
}

}  // namespace posta::test
