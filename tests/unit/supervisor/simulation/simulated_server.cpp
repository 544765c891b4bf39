#include "tests/unit/supervisor/simulation/simulated_server.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <csignal>

namespace posta::test {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using supervisor::SupervisedTenant;

SimulatedServer::SimulatedServer(std::uint64_t seed)
    : machinery_(seed),
      log_(machinery_, "supervisor", LogLevel::error, LogFormat::text, -1),
      around_{machinery_, machinery_, log_, [this] { return machinery_.chance(); }, {}},
      misfortune_(0.05 + 0.6 * machinery_.chance()) {
    machinery_.cast = [this](const PlayedProcess& process) { return cast(process); };
    machinery_.after_each_event = [this] { check(); };
    machinery_.on_signalled = [this](const PlayedProcess& process, int signal_number) {
        judge_signal(process, signal_number);
    };
    machinery_.on_reaped = [this](const PlayedProcess& process, const supervisor::Exit& exit,
                                  const std::function<void()>& tell_supervisor) {
        judge_exit(process, exit, tell_supervisor);
    };
    premises_.on_refused = [this](std::string_view slug) {
        paces_[{std::string(slug), nullptr}].lose_count();
    };
    manifest_.server.front_processes = 1 + machinery_.pick(2);
    for (int count = 1 + machinery_.pick(3); count > 0; --count)
        manifest_.identities.push_back(identity_named(kSlugs[static_cast<std::size_t>(count)]));
    loaded_ = manifest_;
    supervisor_ = new_supervisor();
}

std::unique_ptr<supervisor::Supervisor> SimulatedServer::new_supervisor() {
    supervisor::Supervisor::Parts parts{
        [this]() -> Result<manifest::Manifest> {
            if (manifest_broken_) return Error{ErrorCode::invalid, "line 1: nonsense"};
            return manifest_;
        },
        manifest_,
        premises_,
        {},
        {},
        LogFormat::text,
        readiness_,
        [this] { gone_ = true; }};
    return std::make_unique<supervisor::Supervisor>(around_, std::move(parts));
}

SimulatedServer::~SimulatedServer() = default;

void SimulatedServer::live() {
    supervisor_->start();
    const int events = 10 + machinery_.pick(60);
    for (int count = 0; count < events && broken_.empty(); ++count) {
        const bool quick = machinery_.chance() < 0.7;
        machinery_.run_for(machinery_.pick(0ms, quick ? 300ms : 20'000ms));
        misfortune();
    }
    calm_down();
    check_calm();
    stop();
}

Result<Part> SimulatedServer::cast(const PlayedProcess& process) {
    check_pace(process);
    Result<Part> part = draw(process);
    if (!part) pace_of(process).on_death(machinery_.steady(), 0ms);
    if (const SupervisedTenant* const tenant = supervisor_->tenants().find(process.name);
        part && tenant != nullptr && !tenant->identity().aliases.empty())
        aliases_started_.insert(tenant->identity().aliases.back());
    return part;
}

// The worker with bad settings shows it; everybody else has luck or not.
Result<Part> SimulatedServer::draw(const PlayedProcess& process) {
    Part part;
    expect(!failed_.contains(process.name), process.name + ": a failed one waits for a reason");
    part.listens_after = machinery_.pick(1ms, 10ms);
    part.ready_after = machinery_.pick(10ms, 200ms);
    // A front is with its clients until these have let go.
    const bool long_idle = process.name == "front" && machinery_.chance() < 0.2;
    part.drain_takes = machinery_.pick(0ms, long_idle ? 150'000ms : 3000ms);
    if (const auto end = ends_.find(process.name); end != ends_.end()) {
        part.end = end->second;
        part.ready_after = 10ms;
        part.end_after = machinery_.pick(20ms, 200ms);
        return part;
    }
    if (changed_ && changed_->slug == process.name) return draw_changed(process);
    const bool bad_settings = process.settings.find("bad.test") != std::string::npos;
    if (bad_settings && machinery_.chance() < 0.9) part = bad_part(process);
    if (calm_ || bad_settings) return part;
    if (machinery_.chance() < misfortune_ * 0.2)
        return Error{ErrorCode::unavailable, "no processes"};
    if (machinery_.chance() < misfortune_) return bad_part(process);
    return part;
}

Part SimulatedServer::bad_part(const PlayedProcess& process) {
    constexpr std::array<Part::End, 5> kEnds{Part::End::serves, Part::End::dies, Part::End::fails,
                                             Part::End::falls_silent, Part::End::drains};
    Part part;
    part.end = kEnds[static_cast<std::size_t>(machinery_.pick(5))];
    part.end_after = machinery_.pick(0ms, machinery_.chance() < 0.7 ? 300ms : 100'000ms);
    part.ready_after = machinery_.pick(10ms, machinery_.chance() < 0.8 ? 200ms : 700'000ms);
    if (process.name != "front" && machinery_.chance() < 0.3)
        part.migrates_every =
            machinery_.pick(1000ms, machinery_.chance() < 0.7 ? 5'000ms : 700'000ms);
    part.exit_code = machinery_.pick(3);
    part.stubborn = machinery_.chance() < 0.3;
    part.drain_takes = machinery_.pick(0ms, machinery_.chance() < 0.7 ? 500ms : 20'000ms);
    return part;
}

void SimulatedServer::misfortune() {
    if (machinery_.chance() < 0.05) return upgrade();
    if (machinery_.chance() < 0.05) return strike_socket();
    if (machinery_.chance() < 0.03) return reload_often();
    switch (machinery_.pick(6)) {
        case 0:
            change_manifest();
            return reload();
        case 1:
            return reload();
        case 2:
            return command();
        case 3:
        case 4:
            return strike_process();
        default:
            return strike_files();
    }
}

// The next image of the program takes over, in no time.
void SimulatedServer::upgrade() {
    if (!supervisor_->no_upgrade_because().empty() || !supervisor_->unrest().empty()) return;
    tell("upgrade");
    auto handover = supervisor::handover_from(supervisor::to_json(supervisor_->hand_over()));
    expect(handover.has_value(), "a handover can be read");
    if (!handover) return;
    for (supervisor::HandedTenant& tenant : handover->tenants)
        tenant.socket = ::fcntl(tenant.socket, F_DUPFD_CLOEXEC, 0);
    machinery_.set_handing_over(true);
    supervisor_.reset();
    machinery_.set_handing_over(false);
    for (const char* const slug : kSlugs) touch(slug);
    touch("front");
    of_version_before_.clear();
    for (const Process& process : machinery_.processes()) of_version_before_.insert(process->pid);
    alias_on_trial_.clear();
    newer_waited_.clear();
    loaded_ = manifest_;
    supervisor_ = new_supervisor();
    taking_over_ = true;
    supervisor_->take_over(*handover);
    taking_over_ = false;
    // Waits begin anew.
    for (const Process& process : machinery_.processes())
        process->draining_since = process->started = process->got_on = process->last_sign =
            process->told_to_leave_at = machinery_.steady();
    for (auto at = watched_.begin(); at != watched_.end();)
        at = manifest_.find(at->first) == nullptr ? watched_.erase(at) : std::next(at);
    check();
}

std::string SimulatedServer::any_slug() {
    const auto& all = supervisor_->tenants().all();
    if (all.empty()) return kSlugs[0];
    return all[static_cast<std::size_t>(machinery_.pick(static_cast<int>(all.size())))]
        ->identity()
        .slug;
}

void SimulatedServer::command() {
    SupervisedTenant* const tenant = supervisor_->tenants().find(any_slug());
    if (tenant == nullptr || !tenant->identity().enabled) return;
    constexpr std::array<Event, 5> kCommands{Event::start, Event::stop, Event::stop_now,
                                             Event::restart, Event::restart_now};
    const Event event = kCommands[static_cast<std::size_t>(machinery_.pick(5))];
    const std::string slug = tenant->identity().slug;
    const State before = tenant->keeper().state();
    const bool stops = event == Event::stop || event == Event::stop_now;
    tell("command " + std::to_string(static_cast<int>(event)) + " to " + slug);
    touch(slug);
    const int started = machinery_.started();
    tenant->order(event);
    watched_[slug].stopped_by_operator = stops;
    const State after = tenant->keeper().state();
    const bool waited = before == State::backoff || before == State::pausing ||
                        before == State::failed || before == State::stopped;
    if (waited && stops) expect(after == State::stopped, "stop takes who waits out of the wait");
    if (waited && !stops)
        expect(machinery_.started() > started || after == State::failed || after == State::backoff,
               "a command does not wait for the back-off");
    if (waited && !stops && after == State::backoff)  // refused again: as the first time
        expect(*tenant->keeper().history().next_try - machinery_.now() <= 220ms,
               "a command clears the back-off");
    check();
}

// Faster than the clients of the old ones go.
void SimulatedServer::replace_fronts_often() {
    tell("fronts are replaced again and again");
    touch("front");
    for (int round = 0; round < 6 && broken_.empty(); ++round) {
        forgive("front");
        for (const auto& front : supervisor_->fronts().all()) front->order(Event::restart);
        machinery_.run_for(400ms);
    }
    if (broken_.empty() && machinery_.chance() < 0.5) {
        manifest_.server.front_processes = 1;
        reload();
    }
}

// For a while all processes of a name die, or drain by their own wish, soon after they are ready.
void SimulatedServer::end_again_and_again() {
    const std::string name = machinery_.chance() < 0.3 ? "front" : any_slug();
    const bool drains = machinery_.chance() < 0.5;
    tell("each " + name + (drains ? " drains" : " dies"));
    ends_[name] = drains ? Part::End::drains : Part::End::dies;
    machinery_.signal(name, drains ? SIGTERM : SIGKILL);
    machinery_.run_for(15s);
    ends_.clear();
}

void SimulatedServer::strike_process() {
    if (machinery_.chance() < 0.03) return replace_fronts_often();
    if (machinery_.chance() < 0.03) return end_again_and_again();
    const auto& all = machinery_.processes();
    if (all.empty()) return;
    const Process process =
        all[static_cast<std::size_t>(machinery_.pick(static_cast<int>(all.size())))];
    constexpr std::array<int, 4> kSignals{SIGKILL, SIGTERM, SIGHUP, SIGSEGV};
    const int number = kSignals[static_cast<std::size_t>(machinery_.pick(4))];
    tell("signal " + std::to_string(number) + " to " + process->name);
    if (number == SIGSEGV)
        machinery_.signal(process->name, SIGKILL);
    else
        machinery_.signal(process->name, number);
}

void SimulatedServer::strike_files() {
    const std::string slug = any_slug();
    const std::string directory = manifest_.data_dir_of(slug);
    failed_.clear();
    if (machinery_.chance() < 0.5) {
        tell("files of " + slug + " change");
        ++premises_.changes[directory];
    } else if (premises_.missing.erase(directory) > 0) {
        tell(directory + " is back");
        ++premises_.changes[directory];
        machinery_.touch(manifest_.server.data_dir);
    } else {
        tell(directory + " goes missing");
        premises_.missing.insert(directory);
        ++premises_.changes[directory];
    }
    premises_.sockets_fail = machinery_.chance() < 0.1;
    machinery_.touch(directory);
}

// Its worker has to be replaced by one with another socket.
void SimulatedServer::strike_socket() {
    const std::string slug = any_slug();
    tell("the socket of " + slug + " is removed");
    touch(slug);
    premises_.sockets.erase(slug);
    machinery_.touch(VirtualPremises::kRunDir);
}

void SimulatedServer::calm_down() {
    tell("calm");
    calm_ = true;
    manifest_broken_ = false;
    premises_.sockets_fail = false;
    if (!premises_.missing.empty()) failed_.clear();  // what comes back is a reason to try again
    for (const std::string& directory : std::set<std::string>(premises_.missing)) {
        ++premises_.changes[directory];
        premises_.missing.erase(directory);
        machinery_.touch(directory);
        machinery_.touch(manifest_.server.data_dir);
    }
    // Longer than a stuck start, a drain and the longest back-off together.
    machinery_.run_for(800s);
}

// Whoever had only bad luck is ready by now; whoever has a reason says it.
void SimulatedServer::check_calm() {
    if (!broken_.empty()) return;
    for (const auto& tenant : supervisor_->tenants().all()) {
        const std::string& slug = tenant->identity().slug;
        const State state = tenant->keeper().state();
        const bool bad =
            std::find(tenant->identity().aliases.begin(), tenant->identity().aliases.end(),
                      "bad.test") != tenant->identity().aliases.end();
        const bool wanted = tenant->identity().enabled && !watched_[slug].stopped_by_operator;
        check_newest(*tenant);
        if (!wanted) {
            expect(state == State::stopped, slug + " is not wanted and stopped");
        } else if (state == State::failed || bad) {
            expect(state == State::ready || !tenant->keeper().history().reason.empty() ||
                       state == State::starting || state == State::restarting,
                   slug + " says why it is " + std::string(name_of(state)));
        } else {
            expect(state == State::ready && tenant->keeper().serving(), slug + " is ready");
            expect(premises_.sockets.contains(slug), slug + " can be reached");
        }
    }
    for (const auto& front : supervisor_->fronts().all())
        expect(front->serving(), "every front is ready");
}

void SimulatedServer::stop() {
    if (!broken_.empty()) return;
    calm_ = machinery_.chance() < 0.5;
    for (const char* const slug : kSlugs) touch(slug);
    touch("front");
    const bool now = machinery_.chance() < 0.2;
    tell(now ? "stop now" : "stop");
    now ? supervisor_->stop_now() : supervisor_->stop_gracefully();
    if (!now)
        for (const Process& process : machinery_.processes())
            if (process->name == "front" && process->alive)
                expect(process->told_to_leave, "a front does not wait for clients at the end");
    machinery_.run_for(16s);
    expect(gone_, "it stops in time");
    expect(machinery_.processes().empty(), "no process is left behind");
}

void SimulatedServer::expect(bool holds, const std::string& what) {
    if (holds || !broken_.empty()) return;
    tell("BROKEN: " + what);
    broken_ = what;
}

void SimulatedServer::tell(const std::string& what) {
    const auto at =
        std::chrono::duration_cast<Milliseconds>(machinery_.steady().time_since_epoch());
    story_ += std::to_string(at.count() - 3'600'000) + " ms: " + what + "\n";
}

}  // namespace posta::test
