#include "supervisor/serve/supervisor.h"

namespace posta::supervisor {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

namespace {

bool was_stopped(const Handover& handover, const std::string& slug) {
    for (const HandedTenant& tenant : handover.tenants)
        if (tenant.slug == slug) return tenant.stopped;
    return false;
}

// Who removes one file from the run directory may go on with the next.
constexpr auto kLetPremisesSettle = 1s;

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
      premises_look_(keeper.machinery.alarm([this] { restore_premises(); })),
      premises_(parts.premises),
      tenant_surroundings_{keeper, parts.premises, parts.log_format, *this},
      tenants_(tenant_surroundings_),
      fronts_(keeper, listeners_, [this] { on_tenant_changed(); }),
      succession_(keeper.log, tenants_, fronts_) {}

void Supervisor::start() {
    for (const manifest::Identity& identity : manifest_.identities)
        tenants_.add(manifest_, identity.slug);
    tenants_.bind_sockets();
    fronts_.set_settings(front_settings());
    fronts_.set_routes(contracts::to_line(tenants_.routes(manifest_.server.front_processes)));
    fronts_.resize(manifest_.server.front_processes);
    tenants_.start();
    watch_premises();
    on_tenant_changed();
}

// Nobody else has to write there. Whoever removes a socket takes a tenant's clients away, or the
// way to ask this server for anything; and no worker notices.
void Supervisor::watch_premises() {
    premises_watch_ = around_.machinery.watch(
        premises_.directory(), [this] { premises_look_->start_once(kLetPremisesSettle); });
}

void Supervisor::restore_premises() {
    if (stopping()) return;
    const bool ours = premises_.restore_directory();
    watch_premises();
    if (ours) tenants_.restore_files();
}

void Supervisor::take_over(const Handover& handover) {
    fronts_.set_settings(front_settings());
    fronts_.adopt(handover.fronts);
    std::vector<std::string> of_the_other_version;
    for (const HandedTenant& handed : handover.tenants) {
        const manifest::Identity* const wanted = manifest_.find(handed.slug);
        TenantEntry otherwise;
        if (wanted != nullptr) otherwise = entry_of(manifest_, *wanted);
        tenants_.adopt(handed, otherwise);
    }
    const ReloadPlan plan = plan_reload(manifest_.server, tenants_.entries(), manifest_);
    apply(plan);
    for (const std::string& slug : plan.kept)
        if (tenants_.find(slug)->keeper().pid() != 0) of_the_other_version.push_back(slug);
    // Whoever was waiting or failed is tried again: the program has changed.
    for (const auto& tenant : tenants_.all())
        if (tenant->keeper().pid() == 0 && !was_stopped(handover, tenant->identity().slug))
            tenant->start_if_enabled();
    fronts_.resize(manifest_.server.front_processes);
    around_.log.info("took over", {{"from", handover.version},
                                   {"tenants", std::uint64_t{tenants_.all().size()}}});
    succession_.begin(handover.version, std::move(of_the_other_version));
    restore_premises();
    on_tenant_changed();
}

Handover Supervisor::hand_over() const {
    Handover handover;
    for (const PublicListener& listener : listeners_)
        handover.listeners.push_back({listener.address, listener.socket.get()});
    handover.fronts = fronts_.hand_over();
    for (const auto& tenant : tenants_.all()) handover.tenants.push_back(tenant->hand_over());
    return handover;
}

std::string Supervisor::no_upgrade_because() const {
    if (stopping()) return "the server is stopping";
    if (succession_.state() == Succession::State::under_way)
        return "the last upgrade is still under way";
    if (!readiness_.told()) return "the server is still starting";
    return "";
}

std::string Supervisor::unrest() const {
    if (!tenants_.can_hand_over()) return "a process is leaving";
    if (tenants_.any_sending() || fronts_.any_sending())
        return "a process does not take what it is told";
    return "";
}

contracts::FrontSettings Supervisor::front_settings() const {
    contracts::FrontSettings settings;
    settings.uid = front_.uid;
    settings.gid = front_.gid;
    settings.trusted_proxies = manifest_.server.trusted_proxies;
    settings.proxy_protocol = manifest_.server.proxy_protocol;
    settings.access_log = manifest_.server.access_log;
    settings.bounds = manifest_.server.front;
    settings.require_layers = manifest_.server.require_layers;
    settings.log_level = manifest_.server.log_level;
    settings.log_format = tenant_surroundings_.log_format;
    return settings;
}

void Supervisor::on_turn() {
    if (phase_ == Phase::running) succession_.look();
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
    // Without any that can start nobody is served.
    if (!fronts_.all().empty() && fronts_.all_down())
        found.push_back("front is " + std::string(name_of(fronts_.all().front()->state())));
    return found;
}

Result<ReloadPlan> Supervisor::plan() const {
    const manifest::Manifest wanted = TRY(load_());
    ReloadPlan plan = plan_reload(manifest_.server, tenants_.entries(), wanted);
    plan.waiting = tenants_.waiting_with(wanted);
    return plan;
}

void Supervisor::apply(const ReloadPlan& plan) {
    for (const std::string& slug : plan.removed) tenants_.remove(slug);
    // Those that are kept too: one that was put back may be wanted as it is now.
    for (const auto& slugs : {plan.changed, plan.kept})
        for (const std::string& slug : slugs) tenants_.change(manifest_, slug);
    for (const std::string& slug : plan.added) {
        tenants_.add(manifest_, slug);
        tenants_.find(slug)->bind_socket();
        tenants_.find(slug)->start_if_enabled();
    }
}

Result<ReloadPlan> Supervisor::reload() {
    if (stopping()) return Error{ErrorCode::unavailable, "the server is stopping"};
    readiness_.tell_reloading(around_.log);
    restore_premises();  // the one way to it where files cannot be watched
    Result<ReloadPlan> plan = load_and_apply();
    readiness_.tell_reloaded(around_.log);
    return plan;
}

Result<ReloadPlan> Supervisor::load_and_apply() {
    manifest::Manifest wanted = TRY(load_());
    ReloadPlan plan = plan_reload(manifest_.server, tenants_.entries(), wanted);
    plan.waiting = tenants_.waiting_with(wanted);
    // What only a new start can apply stays as it is, in the manifest that we go on with too.
    wanted.server.run_dir = manifest_.server.run_dir;
    manifest_ = std::move(wanted);

    apply(plan);
    tenants_.retry_failed();
    around_.log.set_level(manifest_.server.log_level);
    fronts_.set_settings(front_settings());
    if (plan.fronts_changed) {
        fronts_.replace_all(manifest_.server.front_processes);
    } else {
        fronts_.retry_failed();
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
                                  {"kept", count(plan->kept)},
                                  {"waiting", count(plan->waiting)}});
    for (const std::string& key : plan->needs_new_start)
        around_.log.warn("a changed key of [server] needs a new start", {{"key", key}});
}

void Supervisor::stop_gracefully() {
    if (stopping()) return;
    phase_ = Phase::fronts_leave;
    around_.log.info("stopping");
    succession_.call_off();
    readiness_.tell_stopping(around_.log);
    fronts_.stop();
    listeners_.clear();  // the fronts close theirs: who comes now is refused, not left waiting
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
