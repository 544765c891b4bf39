#include "supervisor/serve/supervisor.h"

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
      load_(std::move(parts.load)),
      manifest_(std::move(parts.manifest)),
      listeners_(std::move(parts.listeners)),
      front_(parts.front),
      readiness_(parts.readiness),
      on_gone_(std::move(parts.on_gone)),
      turn_(keeper.machinery.alarm([this] { on_turn(); })),
      workers_turn_(keeper.machinery.alarm([this] { stop_workers(); })),
      stop_deadline_(keeper.machinery.alarm([this] { kill_the_rest(); })),
      tenant_surroundings_{keeper, parts.premises, parts.log_format, *this},
      tenants_(tenant_surroundings_),
      fronts_(keeper, listeners_, [this] { on_tenant_changed(); }) {}

void Supervisor::start() {
    for (const manifest::Identity& identity : manifest_.identities)
        tenants_.add(manifest_, identity.slug);
    tenants_.bind_sockets();
    fronts_.set_settings(front_settings());
    fronts_.set_routes(contracts::to_line(tenants_.routes(manifest_.server.front_processes)));
    fronts_.resize(manifest_.server.front_processes);
    tenants_.start();
    on_tenant_changed();
}

contracts::FrontSettings Supervisor::front_settings() const {
    contracts::FrontSettings settings;
    settings.uid = front_.uid;
    settings.gid = front_.gid;
    settings.trusted_proxies = manifest_.server.trusted_proxies;
    settings.proxy_protocol = manifest_.server.proxy_protocol;
    settings.times = manifest_.server.front;
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
    if (fronts_.has_no_process() && tenants_.has_no_process()) on_gone_();
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

Result<ReloadPlan> Supervisor::plan() const {
    const manifest::Manifest wanted = TRY(load_());
    return plan_reload(manifest_.server, tenants_.entries(), wanted);
}

Result<ReloadPlan> Supervisor::reload() {
    if (stopping()) return Error{ErrorCode::unavailable, "the server is stopping"};
    manifest::Manifest wanted = TRY(load_());
    ReloadPlan plan = plan_reload(manifest_.server, tenants_.entries(), wanted);
    // What only a new start can apply stays as it is, in the manifest that we go on with too.
    wanted.server.run_dir = manifest_.server.run_dir;
    manifest_ = std::move(wanted);

    for (const std::string& slug : plan.removed) tenants_.remove(slug);
    // Those that are kept too: one that was put back may be wanted as it is now.
    for (const auto& slugs : {plan.changed, plan.kept})
        for (const std::string& slug : slugs) tenants_.change(manifest_, slug);
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

void Supervisor::reload_and_log() {
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
    workers_turn_->start_once(kFrontsLeaveFirst);
    stop_deadline_->start_once(kStopAtMost);
    on_tenant_changed();
}

void Supervisor::stop_workers() {
    if (phase_ != Phase::fronts_leave) return;
    phase_ = Phase::workers_leave;
    workers_turn_->stop();
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
        return on_gone_();
    }
    phase_ = Phase::killing;
    fronts_.kill_all();
    tenants_.kill_all();
    stop_deadline_->start_once(kKilledAtMost);
    on_tenant_changed();
}

}  // namespace posta::supervisor
