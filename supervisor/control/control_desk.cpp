#include "supervisor/control/control_desk.h"

#include <charconv>

#include "common/json/write.h"
#include "posta_version.h"
#include "supervisor/control/status_report.h"

namespace posta::supervisor {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono_literals::operator""s;

namespace {

// For commands that answer when the tenant is there: a migration may take its time.
constexpr auto kCommandAtMost = 120s;
constexpr auto kUpgradeAtMost = 600s;  // process after process
constexpr long kWaitAtMostSeconds = 86'400;

std::string help_json() {
    json::Writer out;
    out.begin_array();
    for (const ControlCommand& command : control_commands())
        out.begin_object()
            .member("command", command.name)
            .member("words", command.words)
            .member("summary", command.summary)
            .end_object();
    out.end_array();
    return std::move(out).text();
}

std::string one_member(std::string_view name, std::string_view text) {
    json::Writer out;
    out.begin_object().member(name, text).end_object();
    return std::move(out).text();
}

Result<std::string> planned(const Result<ReloadPlan>& plan) {
    if (!plan) return plan.error();
    return plan_json(*plan);
}

Error no_tenant(const std::string& slug) {
    return {ErrorCode::not_found, "no tenant \"" + slug + "\""};
}

Error too_many_streams() {
    return {ErrorCode::unavailable, "too many follow logs and events already (" +
                                        std::to_string(ControlServer::kMostStreams) +
                                        "; end one of them)"};
}

}  // namespace

ControlDesk::ControlDesk(EventLoop& loop, const KeeperSurroundings& around, Supervisor& supervisor,
                         Upgrader& upgrader, LiveFeed& feed, LogFile& log_file, ControlViews views,
                         UniqueFd socket, uid_t caller)
    : loop_(loop),
      around_(around),
      supervisor_(supervisor),
      upgrader_(upgrader),
      log_file_(log_file),
      views_(std::move(views)),
      streams_(feed, server_),
      server_(loop, std::move(socket), caller, around.log, *this) {}

void ControlDesk::on_request(const ControlPeer& peer, std::string_view line) {
    const Result<ControlRequest> request = parse_control_request(line);
    if (!request)
        return server_.answer(peer.id, control_refusal(command_named_by(line), request.error()));
    const Asked asked{peer, std::string(line), request->command, around_.clock.steady()};
    if (const auto result = carry_out(asked, *request)) finish(asked, *result);
}

void ControlDesk::on_peer_gone(std::uint64_t id) {
    streams_.forget(id);
    // Not erased: this may be called while they are looked at.
    for (Wait& wait : waits_)
        if (wait.asked.peer.id == id) wait.over = true;
}

std::optional<Result<std::string>> ControlDesk::carry_out(const Asked& asked,
                                                          const ControlRequest& request) {
    const std::string_view name = request.command->name;
    if (name == "status") {
        ask_fronts();
        return status_json(supervisor_, request.word(0));
    }
    if (name == "top") {
        ask_fronts();
        return views_.top();
    }
    if (name == "metrics") return one_member("text", metrics());
    if (name == "plan") return planned(supervisor_.plan());
    if (name == "reload") return reload(asked, request);
    if (name == "version") return one_member("version", POSTA_VERSION);
    if (name == "help") return help_json();
    if (name == "logs") return logs(asked, request);
    if (name == "events") return events(asked);
    if (name == "loglevel") return set_level(request);
    if (name == "reopen") return reopen_log();
    if (name == "wait") return wait(asked, request);
    if (name == "wake") return wake(request.word(0));
    if (name == "upgrade") return upgrade(asked);
    if (name == "shutdown") {
        supervisor_.stop_gracefully();
        return one_member("state", "stopping");
    }
    return command_tenant(asked, request);
}

// When it goes well this image answers nothing: the next one does.
std::optional<Result<std::string>> ControlDesk::upgrade(const Asked& asked) {
    std::optional<HandedAsker> asker;
    if (const int connection = server_.duplicate(asked.peer.id); connection >= 0)
        asker = {connection, asked.peer.pid, asked.peer.uid};
    upgrader_.begin(asker, [this, asked](const Error& reason) { finish(asked, reason); });
    return std::nullopt;
}

void ControlDesk::take_over(const HandedAsker& asker) {
    const ControlPeer peer = server_.take_over(
        UniqueFd(asker.connection), static_cast<pid_t>(asker.pid), static_cast<uid_t>(asker.uid));
    const ControlRequest request = parse_control_request("upgrade").value();
    const Asked asked{peer, "upgrade", request.command, around_.clock.steady()};
    add_wait({asked, "", Goal::upgraded, true, false, nullptr}, kUpgradeAtMost);
}

std::optional<Result<std::string>> ControlDesk::upgrade_outcome(const Wait& wait) const {
    const Succession& succession = supervisor_.succession();
    if (succession.state() == Succession::State::under_way) return std::nullopt;
    if (succession.state() == Succession::State::halted)
        return Error{
            ErrorCode::unavailable,
            "the new version has taken over, but not from every process: " + succession.reason()};
    const auto took = duration_cast<milliseconds>(around_.clock.steady() - wait.asked.at);
    json::Writer out;
    out.begin_object().member("from", succession.from_version()).member("to", POSTA_VERSION);
    out.member("took_ms", took.count()).end_object();
    return std::move(out).text();
}

std::optional<Result<std::string>> ControlDesk::reload(const Asked& asked,
                                                       const ControlRequest& request) {
    Result<ReloadPlan> plan = supervisor_.reload();
    if (!plan || !request.has_option("--wait")) return planned(plan);
    // Of what the reloads before it have begun the outcome may be open, too.
    std::vector<std::string> awaited = plan->added;
    awaited.insert(awaited.end(), plan->changed.begin(), plan->changed.end());
    for (const std::string& slug : plan->kept) {
        const SupervisedTenant* const tenant = supervisor_.tenants().find(slug);
        if (tenant->newer_wait() || tenant->on_trial()) awaited.push_back(slug);
    }
    add_wait({asked, "", Goal::reloaded, true, false, nullptr, std::move(plan).value(),
              std::move(awaited)},
             kCommandAtMost);
    return std::nullopt;
}

std::optional<Result<std::string>> ControlDesk::command_tenant(const Asked& asked,
                                                               const ControlRequest& request) {
    const std::string slug = request.word(0);
    SupervisedTenant* const tenant = supervisor_.tenants().find(slug);
    if (tenant == nullptr) return no_tenant(slug);
    if (supervisor_.stopping()) return Error{ErrorCode::unavailable, "the server is stopping"};
    const bool now = request.has_option("--now");
    const std::string_view name = request.command->name;
    Event event = Event::start;
    if (name == "stop") event = now ? Event::stop_now : Event::stop;
    if (name == "restart") event = now ? Event::restart_now : Event::restart;
    if (event != Event::stop && event != Event::stop_now && !tenant->identity().enabled)
        return Error{ErrorCode::conflict, "tenant \"" + slug +
                                              "\" has enabled = false in the manifest (change it "
                                              "and reload)"};
    tenant->order(event);
    add_wait({asked, slug, name == "stop" ? Goal::stopped : Goal::ready, false, false, nullptr},
             kCommandAtMost);
    return std::nullopt;
}

std::optional<Result<std::string>> ControlDesk::wait(const Asked& asked,
                                                     const ControlRequest& request) {
    const std::string slug = request.word(0);
    const std::string goal = request.word(1);
    const std::string digits = request.word(2);
    long seconds = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (error != std::errc() || end != digits.data() + digits.size() || seconds < 0 ||
        seconds > kWaitAtMostSeconds || (goal != "ready" && goal != "stopped"))
        return Error{ErrorCode::invalid, "use: wait SLUG ready|stopped SECONDS (0 to 86400)"};
    if (supervisor_.tenants().find(slug) == nullptr) return no_tenant(slug);
    add_wait({asked, slug, goal == "ready" ? Goal::ready : Goal::stopped, true, false, nullptr},
             seconds * 1s);
    return std::nullopt;
}

void ControlDesk::add_wait(Wait fresh, milliseconds at_most) {
    waits_.push_back(std::move(fresh));
    Wait& wait = waits_.back();
    wait.deadline = std::make_unique<Timer>(loop_, [this, &wait] {
        if (wait.over) return;
        wait.over = true;
        const SupervisedTenant* tenant = supervisor_.tenants().find(wait.slug);
        const std::string where =
            wait.goal == Goal::upgraded   ? "processes of the version before are still there"
            : wait.goal == Goal::reloaded ? "a tenant of the reload is still starting"
            : tenant == nullptr
                ? "the tenant is gone"
                : "the tenant is " + std::string(name_of(tenant->keeper().state())) +
                      (tenant->newer_wait() ? ", and newer settings wait for that" : "");
        finish(wait.asked, Error{ErrorCode::unavailable, "not in time: " + where});
        look_at_waits();
    });
    wait.deadline->start_once(at_most);
    look_at_waits();
}

// The outcome of each tenant that the reload touched is known: nothing waits, no trial is under
// way, and whoever is not ready has failed or died.
std::optional<Result<std::string>> ControlDesk::reload_outcome(const Wait& wait) const {
    for (const std::string& slug : wait.awaited) {
        const SupervisedTenant* const tenant = supervisor_.tenants().find(slug);
        if (tenant == nullptr) continue;
        const State state = tenant->keeper().state();
        const bool down =
            state == State::failed || state == State::backoff || state == State::stopped;
        if (tenant->newer_wait() || tenant->on_trial() || (!tenant->keeper().serving() && !down))
            return std::nullopt;
    }
    return reload_outcome_json(wait.plan, wait.awaited, supervisor_);
}

std::optional<Result<std::string>> ControlDesk::outcome(const Wait& wait) const {
    if (wait.goal == Goal::reloaded) return reload_outcome(wait);
    if (wait.goal == Goal::upgraded) return upgrade_outcome(wait);
    const SupervisedTenant* const tenant = supervisor_.tenants().find(wait.slug);
    if (tenant == nullptr) return no_tenant(wait.slug);
    const Keeper& keeper = tenant->keeper();
    const State state = keeper.state();
    const bool there = wait.goal == Goal::ready
                           ? state == State::ready && keeper.serving() && !tenant->newer_wait()
                           : state == State::stopped && keeper.has_no_process();
    if (there) {
        const auto took = duration_cast<milliseconds>(around_.clock.steady() - wait.asked.at);
        json::Writer out;
        out.begin_object().member("slug", wait.slug).member("state", name_of(state));
        out.member("pid", keeper.pid()).member("took_ms", took.count()).end_object();
        return std::move(out).text();
    }
    const bool down = state == State::failed || state == State::backoff ||
                      (wait.goal == Goal::ready && state == State::stopped);
    if (!wait.patient && down)
        return Error{ErrorCode::unavailable, "the tenant is " + std::string(name_of(state)) + ": " +
                                                 keeper.history().reason};
    // A later command has the last word: this one will not come true.
    const bool overtaken =
        wait.goal == Goal::stopped && state != State::stopping && state != State::stopped;
    if (!wait.patient && overtaken)
        return Error{ErrorCode::conflict,
                     "a later command has it run again: it is " + std::string(name_of(state))};
    return std::nullopt;
}

void ControlDesk::look_at_waits() {
    for (Wait& wait : waits_) {
        if (wait.over) continue;
        const auto result = outcome(wait);
        if (!result) continue;
        wait.over = true;
        finish(wait.asked, *result);
    }
    waits_.remove_if([](const Wait& wait) { return wait.over; });
}

// A worker that starts or is about to be replaced is told too, or finds out when it starts.
Result<std::string> ControlDesk::wake(const std::string& slug) {
    SupervisedTenant* const tenant = supervisor_.tenants().find(slug);
    if (tenant == nullptr) return no_tenant(slug);
    Keeper& keeper = tenant->keeper();
    if (keeper.pid() == 0 || keeper.state() == State::stopping)
        return Error{ErrorCode::unavailable,
                     "the tenant is " + std::string(name_of(keeper.state()))};
    keeper.send("wake");
    return one_member("state", name_of(keeper.state()));
}

std::optional<Result<std::string>> ControlDesk::logs(const Asked& asked,
                                                     const ControlRequest& request) {
    const std::string name = request.word(0);
    if (!streams_.knows(name) && supervisor_.tenants().find(name) == nullptr)
        return no_tenant(name);
    const std::string digits = request.has_option("-n") ? request.option("-n") : "100";
    std::size_t lines = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), lines);
    if (error != std::errc() || end != digits.data() + digits.size())
        return Error{ErrorCode::invalid, "-n is \"" + digits + "\" (write a number of lines)"};
    if (!request.has_option("-f")) return streams_.recent(name, lines);
    if (streams_.follow_logs(asked.peer.id, name, lines)) return std::nullopt;
    return too_many_streams();
}

std::optional<Result<std::string>> ControlDesk::events(const Asked& asked) {
    if (streams_.follow_events(asked.peer.id)) return std::nullopt;
    return too_many_streams();
}

std::string ControlDesk::metrics() {
    ask_fronts();
    return views_.metrics();
}

// A sign of life brings a report. Not for each of many questions: a child that says too much dies.
void ControlDesk::ask_fronts() {
    constexpr auto kNotMoreOften = milliseconds(200);
    if (around_.clock.steady() - fronts_asked_ < kNotMoreOften) return;
    fronts_asked_ = around_.clock.steady();
    for (const auto& front : supervisor_.fronts().all())
        if (!front->sending()) front->send("ping");
}

Result<std::string> ControlDesk::reopen_log() {
    const Result<void> opened = log_file_.reopen();
    if (!opened) {
        around_.log.error("cannot open the log file again", {{"reason", opened.error().message}});
        return opened.error();
    }
    const std::string& path = log_file_.path();
    around_.log.info(path.empty() ? "no log file to open again: the log is standard error"
                                  : "log file opened again");
    json::Writer out;
    out.begin_object().key("log_file");
    if (path.empty())
        out.null();
    else
        out.string(path);
    out.end_object();
    return std::move(out).text();
}

Result<std::string> ControlDesk::set_level(const ControlRequest& request) {
    const std::string slug = request.word(1).empty() ? "" : request.word(0);
    const std::string name = slug.empty() ? request.word(0) : request.word(1);
    const auto level = log_level_from(name);
    if (!level)
        return Error{ErrorCode::invalid,
                     "\"" + name + "\" is no log level (debug, info, warn, error)"};
    const std::string line = "level " + name;
    if (!slug.empty()) {
        SupervisedTenant* const tenant = supervisor_.tenants().find(slug);
        if (tenant == nullptr) return no_tenant(slug);
        tenant->keeper().send(line);
        return one_member("level", name);
    }
    around_.log.set_level(*level);
    for (const auto& tenant : supervisor_.tenants().all()) tenant->keeper().send(line);
    for (const auto& front : supervisor_.fronts().all()) front->send(line);
    return one_member("level", name);
}

void ControlDesk::finish(const Asked& asked, const Result<std::string>& result) {
    if (asked.command->changes)
        around_.log.info(
            "control",
            {{"command", asked.line},
             {"uid", static_cast<std::uint64_t>(asked.peer.uid)},
             {"pid", static_cast<std::int64_t>(asked.peer.pid)},
             {"outcome", result ? std::string("ok") : result.error().message},
             {"ms", duration_cast<milliseconds>(around_.clock.steady() - asked.at).count()}});
    server_.answer(asked.peer.id, result ? control_answer(asked.command->name, *result)
                                         : control_refusal(asked.command->name, result.error()));
}

}  // namespace posta::supervisor
