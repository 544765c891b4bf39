#include "supervisor/tenants/tenant.h"

#include <sys/stat.h>

#include <algorithm>

#include "common/contracts/channel.h"
#include "common/contracts/settings.h"

namespace posta::supervisor {

SupervisedTenant::SupervisedTenant(const TenantSurroundings& surroundings,
                                   manifest::Identity identity, std::string data_dir)
    : around_(surroundings),
      identity_(std::move(identity)),
      data_dir_(std::move(data_dir)),
      keeper_(surroundings.keeper, Keeper::Kind::worker, identity_.slug, *this) {}

SupervisedTenant::~SupervisedTenant() {
    if (!retired_) remove_files();
}

void SupervisedTenant::remove_files() {
    around_.run_dir.remove_tenant_socket(identity_.slug);
    if (pid_in_file_ != 0) around_.run_dir.remove_pid(identity_.slug);
}

void SupervisedTenant::retire() {
    remove_files();
    retired_ = true;
    keeper_.order(Event::stop);
}

void SupervisedTenant::bind_socket() {
    if (socket_) return;
    Result<UniqueFd> bound = around_.run_dir.listen_for(identity_.slug, around_.front);
    if (bound)
        socket_ = std::move(bound).value();
    else
        around_.keeper.log.error("cannot make the tenant's socket",
                                 {{"process", identity_.slug}, {"reason", bound.error().message}});
}

void SupervisedTenant::start_if_enabled() {
    if (identity_.enabled) keeper_.order(Event::start);
}

void SupervisedTenant::change(manifest::Identity identity, std::string data_dir) {
    const bool was_enabled = identity_.enabled;
    identity_ = std::move(identity);
    data_dir_ = std::move(data_dir);
    if (!identity_.enabled) return keeper_.order(Event::stop);
    // One that an operator has stopped stays so.
    keeper_.order(was_enabled ? Event::settings_changed : Event::start);
}

void SupervisedTenant::retry_if_files_changed() {
    if (keeper_.state() == State::failed && fingerprint() != failed_with_)
        keeper_.order(Event::settings_changed);
}

// Enough to see that somebody mended something; not what it was.
std::string SupervisedTenant::fingerprint() const {
    std::string text;
    for (const std::string& path : {data_dir_, data_dir_ + "/keys.json", data_dir_ + "/inbox.db",
                                    around_.keeper.executable}) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) {
            text += "- ";
            continue;
        }
        for (const timespec& time : {status.st_mtim, status.st_ctim})
            text += std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec) + " ";
    }
    return text;
}

contracts::Route SupervisedTenant::route() const {
    using RouteState = contracts::Route::State;
    contracts::Route route{
        identity_.slug, around_.run_dir.socket_path(identity_.slug), {}, RouteState::down};
    route.connection_limit = identity_.settings.connection_limit;
    route.requests_per_second = identity_.settings.requests_per_second;
    const State state = keeper_.state();
    // A worker answers 421 for hosts that it was not started with: the old ones count until the
    // next one is started.
    route.hosts = has_process(state) ? hosts_served_ : identity_.hosts();
    if (state == State::ready || state == State::restarting) {
        if (keeper_.serving()) route.state = RouteState::ready;
    } else if (state == State::starting && keeper_.has_leaving()) {
        route.state = RouteState::draining;  // its successor accepts in a moment
    }
    return route;
}

Result<ChildOrder> SupervisedTenant::order_for(Keeper&) {
    failed_with_ = fingerprint();
    bind_socket();
    if (!socket_)
        return Error{ErrorCode::unavailable,
                     "no socket at " + around_.run_dir.socket_path(identity_.slug)};
    const RunAs user = TRY(owner_of_data(data_dir_, around_.caller));
    contracts::WorkerSettings settings;
    settings.slug = identity_.slug;
    settings.url = identity_.url;
    settings.hosts = hosts_served_ = identity_.hosts();
    settings.data_dir = data_dir_;
    settings.uid = user.uid;
    settings.gid = user.gid;
    settings.tenant = identity_.settings;
    settings.log_format = around_.log_format;
    return ChildOrder{{"worker", identity_.slug},
                      {{contracts::kListenFd, socket_.get()}},
                      {contracts::to_line(settings)}};
}

void SupervisedTenant::on_keeper_changed(Keeper& keeper) {
    if (!retired_ && keeper.pid() != pid_in_file_) {
        pid_in_file_ = keeper.pid();
        if (pid_in_file_ != 0)
            around_.run_dir.write_pid(identity_.slug, pid_in_file_);
        else
            around_.run_dir.remove_pid(identity_.slug);
    }
    around_.events.on_tenant_changed();
}

}  // namespace posta::supervisor
