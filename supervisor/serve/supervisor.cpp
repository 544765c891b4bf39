#include "supervisor/serve/supervisor.h"

#include <csignal>

namespace posta::supervisor {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

namespace {

// Requests that the fronts have begun still need their workers. After this the workers are asked
// too, because event streams end only on their side.
constexpr auto kFrontsLeaveFirst = 1s;
constexpr auto kStopAtMost = 10s;
constexpr auto kKilledAtMost = 5s;

}  // namespace

Supervisor::Supervisor(const KeeperSurroundings& keeper, Parts parts)
    : around_(keeper),
      source_(std::move(parts.source)),
      manifest_(std::move(parts.manifest)),
      run_dir_(std::move(parts.run_dir)),
      listeners_(std::move(parts.listeners)),
      readiness_(parts.notify_fd),
      turn_(keeper.loop, [this] { on_turn(); }),
      workers_turn_(keeper.loop, [this] { stop_workers(); }),
      stop_deadline_(keeper.loop, [this] { kill_the_rest(); }),
      tenant_surroundings_{keeper, run_dir_, parts.front, parts.caller, parts.log_format, *this},
      tenants_(tenant_surroundings_),
      fronts_(keeper, listeners_, [this] { on_tenant_changed(); }) {}

void Supervisor::start() {
    watch_signals();
    for (const manifest::Identity& identity : manifest_.identities)
        tenants_.add(manifest_, identity.slug);
    tenants_.bind_sockets();
    fronts_.set_settings(front_settings());
    fronts_.set_routes(contracts::to_line(tenants_.routes(manifest_.server.front_processes)));
    fronts_.resize(manifest_.server.front_processes);
    tenants_.start();
    on_tenant_changed();
}

void Supervisor::watch_signals() {
    const auto on = [this](int number, std::function<void()> act) {
        signals_.emplace_back(around_.loop, number, std::move(act));
    };
    on(SIGHUP, [this] { on_hup(); });
    on(SIGTERM, [this] { stop_gracefully(); });
    on(SIGINT, [this] { stop_gracefully(); });
    on(SIGQUIT, [this] { stop_now(); });
    on(SIGUSR1, [this] { around_.log.info("no log file to reopen: the log is standard error"); });
    on(SIGUSR2, [this] { around_.log.warn("this version cannot upgrade itself; restart it"); });
}

contracts::FrontSettings Supervisor::front_settings() const {
    contracts::FrontSettings settings;
    settings.uid = tenant_surroundings_.front.uid;
    settings.gid = tenant_surroundings_.front.gid;
    settings.trusted_proxies = manifest_.server.trusted_proxies;
    settings.log_level = manifest_.server.log_level;
    settings.log_format = tenant_surroundings_.log_format;
    return settings;
}

void Supervisor::on_turn() {
    on_change_();
    tenants_.sweep();
    fronts_.sweep();
    fronts_.set_routes(contracts::to_line(tenants_.routes(manifest_.server.front_processes)));
    if (phase_ == Phase::running) {
        if (readiness_.told() || !tenants_.all_settled() || !fronts_.settled()) return;
        around_.log.info(
            not_ready().empty() ? "all is ready" : "all is started, not everything is ready",
            {{"tenants", static_cast<std::uint64_t>(tenants_.all().size())}});
        readiness_.tell(around_.log);
        return;
    }
    if (phase_ == Phase::fronts_leave && fronts_.has_no_process()) stop_workers();
    if (fronts_.has_no_process() && tenants_.has_no_process()) around_.loop.stop();
}

std::vector<std::string> Supervisor::not_ready() const {
    std::vector<std::string> found;
    for (const auto& tenant : tenants_.all()) {
        if (!tenant->identity().enabled || tenant->keeper().serving()) continue;
        found.push_back(tenant->identity().slug + " is " +
                        std::string(name_of(tenant->keeper().state())));
    }
    return found;
}

Result<manifest::Manifest> Supervisor::load() const {
    auto loaded = source_.load();
    if (loaded) return std::move(loaded).value();
    std::string text = manifest::describe(loaded.error(), source_.path());
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return Error{ErrorCode::invalid, std::move(text)};
}

Result<ReloadPlan> Supervisor::plan() const {
    const manifest::Manifest wanted = TRY(load());
    return plan_reload(manifest_, wanted);
}

Result<ReloadPlan> Supervisor::reload() {
    if (stopping()) return Error{ErrorCode::unavailable, "the server is stopping"};
    manifest::Manifest wanted = TRY(load());
    ReloadPlan plan = plan_reload(manifest_, wanted);
    // What only a new start can apply stays as it is, in the manifest that we go on with too.
    wanted.server.run_dir = manifest_.server.run_dir;
    manifest_ = std::move(wanted);

    for (const std::string& slug : plan.removed) tenants_.remove(slug);
    for (const std::string& slug : plan.changed) tenants_.change(manifest_, slug);
    for (const std::string& slug : plan.added) {
        tenants_.add(manifest_, slug);
        tenants_.find(slug)->bind_socket();
        tenants_.find(slug)->start_if_enabled();
    }
    tenants_.retry_failed();
    around_.log.set_level(manifest_.server.log_level);
    fronts_.set_settings(front_settings());
    if (plan.fronts_changed) {
        fronts_.order_all(Event::settings_changed);
        fronts_.resize(manifest_.server.front_processes);
    }
    on_tenant_changed();
    return plan;
}

void Supervisor::on_hup() {
    const Result<ReloadPlan> plan = reload();
    if (!plan) {
        around_.log.error("reload refused, nothing changed", {{"reason", plan.error().message}});
        return;
    }
    const auto count = [](const std::vector<std::string>& slugs) {
        return static_cast<std::uint64_t>(slugs.size());
    };
    around_.log.info("reloaded", {{"added", count(plan->added)},
                                  {"changed", count(plan->changed)},
                                  {"removed", count(plan->removed)},
                                  {"kept", count(plan->kept)}});
    for (const std::string& key : plan->needs_new_start)
        around_.log.warn("a changed key of [server] needs a new start", {{"key", key}});
}

void Supervisor::stop_gracefully() {
    if (stopping()) return;
    phase_ = Phase::fronts_leave;
    around_.log.info("stopping");
    fronts_.order_all(Event::stop);
    workers_turn_.start_once(kFrontsLeaveFirst);
    stop_deadline_.start_once(kStopAtMost);
    on_tenant_changed();
}

void Supervisor::stop_workers() {
    if (phase_ != Phase::fronts_leave) return;
    phase_ = Phase::workers_leave;
    workers_turn_.stop();
    tenants_.stop_all();
    on_tenant_changed();
}

void Supervisor::stop_now() {
    around_.log.info("stopping at once");
    if (phase_ != Phase::killing) kill_the_rest();
}

void Supervisor::kill_the_rest() {
    if (phase_ == Phase::killing) {
        // A process that even SIGKILL does not end is stuck in the kernel.
        around_.log.error("a process does not end; leaving without it");
        return around_.loop.stop();
    }
    phase_ = Phase::killing;
    fronts_.kill_all();
    tenants_.kill_all();
    stop_deadline_.start_once(kKilledAtMost);
    on_tenant_changed();
}

}  // namespace posta::supervisor
