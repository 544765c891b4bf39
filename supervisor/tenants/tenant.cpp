#include "supervisor/tenants/tenant.h"

#include <filesystem>
#include <utility>

#include "common/contracts/channel.h"

namespace posta::supervisor {

using std::chrono_literals::operator""ms;

namespace {

// Whoever writes a file may not be done with it; and a tenant that touches its own files without
// end gets no more than one start a second out of it.
constexpr auto kLetFilesSettle = 1'000ms;

}  // namespace

SupervisedTenant::SupervisedTenant(const TenantSurroundings& surroundings, TenantEntry entry)
    : around_(surroundings),
      entry_(std::move(entry)),
      trial_deadline_(surroundings.keeper.machinery.alarm([this] { on_trial_time_passed(); })),
      look_again_(surroundings.keeper.machinery.alarm([this] { retry_if_files_changed(); })),
      keeper_(surroundings.keeper, Keeper::Kind::worker, entry_.identity.slug, *this) {}

SupervisedTenant::~SupervisedTenant() {
    if (!retired_) remove_files();
}

void SupervisedTenant::remove_files() {
    // In this order: what a crash in between leaves is found by its socket (left_behind.h).
    if (pid_in_file_ != 0) around_.premises.remove_pid(entry_.identity.slug);
    around_.premises.remove_socket(entry_.identity.slug);
}

void SupervisedTenant::retire() {
    newer_.reset();
    remove_files();
    retired_ = true;
    order(Event::stop);
}

void SupervisedTenant::bind_socket() {
    if (socket_ && around_.premises.has_socket(entry_.identity.slug)) return;
    socket_.reset();
    Result<UniqueFd> bound = around_.premises.listen_for(entry_.identity.slug);
    if (bound)
        socket_ = std::move(bound).value();
    else
        around_.keeper.log.error(
            "cannot make the tenant's socket",
            {{"process", entry_.identity.slug}, {"reason", bound.error().message}});
}

void SupervisedTenant::restore_files() {
    const std::string& slug = entry_.identity.slug;
    if (pid_in_file_ != 0) around_.premises.write_pid(slug, pid_in_file_);
    if (!socket_ || around_.premises.has_socket(slug)) return;
    around_.keeper.log.warn("its socket was gone, made again", {{"process", slug}});
    bind_socket();
    if (has_process(keeper_.state())) keeper_.order(Event::settings_changed);
}

void SupervisedTenant::start_if_enabled() {
    begun_ = true;
    if (entry_.identity.enabled) keeper_.order(Event::start);
}

// What a worker writes while it fails (the database's side files) must not look like a change, so
// the files count as they were when it had failed. Its keys it never writes; these count as they
// were when it read them.
void SupervisedTenant::watch_files() {
    if (keeper_.state() != State::failed || retired_) {
        files_failed_with_.reset();
        watch_.reset();
        return look_again_->stop();
    }
    if (!files_failed_with_) files_failed_with_ = files_fingerprint();
    if (watch_) return;
    const auto on_change = [this] { look_again_->start_once(kLetFilesSettle); };
    watch_ = around_.keeper.machinery.watch(entry_.data_dir, on_change);
    if (watch_) return;
    const std::string parent = std::filesystem::path(entry_.data_dir).parent_path().string();
    watch_ = around_.keeper.machinery.watch(parent, on_change);
}

void SupervisedTenant::retry_if_files_changed() {
    watch_.reset();
    if (keeper_.state() != State::failed || !files_failed_with_) return;
    if (*files_failed_with_ == files_fingerprint() && keys_started_with_ == keys_fingerprint())
        return watch_files();
    around_.keeper.log.info("files changed, tried again", {{"process", entry_.identity.slug}});
    files_failed_with_.reset();
    keeper_.order(Event::settings_changed);
}

std::string SupervisedTenant::keys_fingerprint() const {
    return around_.premises.fingerprint({entry_.data_dir + "/keys.json"});
}

std::string SupervisedTenant::files_fingerprint() const {
    return around_.premises.fingerprint({entry_.data_dir, entry_.data_dir + "/inbox.db"});
}

contracts::Route SupervisedTenant::route() const {
    using RouteState = contracts::Route::State;
    const std::string& slug = entry_.identity.slug;
    contracts::Route route{slug, around_.premises.socket_path(slug), {}, RouteState::down};
    route.connection_limit = entry_.identity.settings.connection_limit;
    route.requests_per_second = entry_.identity.settings.requests_per_second;
    route.worker_connections =
        contracts::worker_connections_with(entry_.identity.settings.descriptor_limit);
    route.access_log = entry_.identity.settings.access_log;
    const State state = keeper_.state();
    // A worker answers 421 for hosts that it was not started with: the old ones count until the
    // next one is started.
    route.hosts = has_process(state) ? hosts_served_ : entry_.identity.hosts();
    if (state == State::ready || state == State::restarting) {
        if (keeper_.serving()) route.state = RouteState::ready;
    } else if (state == State::pausing || (state == State::starting && keeper_.has_leaving())) {
        route.state = RouteState::draining;  // its successor accepts in a moment
    } else if (is_off()) {
        route.state = RouteState::off;
    }
    return route;
}

// Before the server has started its tenants, all of them are stopped.
bool SupervisedTenant::is_off() const {
    const State state = keeper_.state();
    return state == State::failed || (state == State::stopped && begun_);
}

Result<ChildOrder> SupervisedTenant::order_for(Keeper&) {
    const manifest::Identity& identity = entry_.identity;
    started_with_entry_ = true;
    of_version_before_ = false;
    keys_started_with_ = keys_fingerprint();
    bind_socket();
    if (!socket_)
        return Error{ErrorCode::unavailable,
                     "no socket at " + around_.premises.socket_path(identity.slug)};
    const Result<RunAs> user = around_.premises.owner_of(entry_.data_dir);
    if (!user) {
        count_trial();
        return user.error();
    }
    contracts::WorkerSettings wanted = settings();
    wanted.uid = user->uid;
    wanted.gid = user->gid;
    hosts_served_ = wanted.hosts;
    return ChildOrder{{"worker", identity.slug},
                      {{contracts::kListenFd, socket_.get()}},
                      {contracts::to_line(wanted)},
                      on_previous_image_};
}

contracts::WorkerSettings SupervisedTenant::settings() const {
    const manifest::Identity& identity = entry_.identity;
    contracts::WorkerSettings settings;
    settings.slug = identity.slug;
    settings.url = identity.url;
    settings.hosts = identity.hosts();
    settings.data_dir = entry_.data_dir;
    settings.tenant = identity.settings;
    settings.log_format = around_.log_format;
    return settings;
}

void SupervisedTenant::on_keeper_changed(Keeper&) {
    keep_pid_file();
    watch_files();
    if (started_with_entry_ && keeper_.pid() != 0) count_trial();
    look_at_trial();
    look_at_newer();
    around_.events.on_tenant_changed();
}

void SupervisedTenant::keep_pid_file() {
    if (retired_ || keeper_.pid() == pid_in_file_) return;
    pid_in_file_ = keeper_.pid();
    if (pid_in_file_ != 0)
        around_.premises.write_pid(entry_.identity.slug, pid_in_file_);
    else
        around_.premises.remove_pid(entry_.identity.slug);
}

}  // namespace posta::supervisor
