#pragma once
// A manifest entry while the supervisor runs: its socket, its keeper, its pid file.
//
// The listening socket is bound once and outlives every worker: while one restarts, connections
// wait in its backlog.

#include <optional>
#include <string>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/contracts/front_contract.h"
#include "common/manifest/manifest.h"
#include "supervisor/lifecycle/keeper.h"
#include "supervisor/serve/run_dir.h"
#include "supervisor/tenants/owner.h"

namespace posta::supervisor {

class TenantEvents {
public:
    // State or routing of a tenant changed. Must not destroy it.
    virtual void on_tenant_changed() = 0;

protected:
    ~TenantEvents() = default;
};

struct TenantSurroundings {
    const KeeperSurroundings& keeper;
    RunDir& run_dir;
    RunAs front;  // who may connect to the tenants' sockets
    uid_t caller;
    LogFormat log_format;
    TenantEvents& events;
};

class SupervisedTenant final : private KeeperOwner {
public:
    SupervisedTenant(const TenantSurroundings& surroundings, manifest::Identity identity,
                     std::string data_dir);
    SupervisedTenant(const SupervisedTenant&) = delete;
    SupervisedTenant& operator=(const SupervisedTenant&) = delete;
    // Removes socket and pid file.
    ~SupervisedTenant();

    // Before anyone is started. A tenant without its socket becomes `failed` when it starts.
    void bind_socket();
    void start_if_enabled();
    // New values for the same slug; a worker that runs is replaced gracefully.
    void change(manifest::Identity identity, std::string data_dir);
    // Its entry is gone from the manifest: takes its files away, so that a new tenant may have the
    // name at once, and stops gracefully.
    void retire();
    // A failed one is tried again when its files or the program changed since it failed.
    void retry_if_files_changed();
    void order(Event command) { keeper_.order(command); }

    const manifest::Identity& identity() const { return identity_; }
    Keeper& keeper() { return keeper_; }
    const Keeper& keeper() const { return keeper_; }
    // Its state is an outcome, or it is not wanted.
    bool settled() const { return !identity_.enabled || keeper_.settled(); }
    contracts::Route route() const;

private:
    Result<ChildOrder> order_for(Keeper& keeper) override;
    void on_keeper_changed(Keeper& keeper) override;
    void on_keeper_drained(Keeper&) override {}
    std::string fingerprint() const;
    void remove_files();

    const TenantSurroundings& around_;
    manifest::Identity identity_;
    std::string data_dir_;
    UniqueFd socket_;
    int pid_in_file_ = 0;
    bool retired_ = false;
    std::vector<std::string> hosts_served_;  // those that the current worker was started with
    std::string failed_with_;                // fingerprint of the files when it failed
    Keeper keeper_;
};

}  // namespace posta::supervisor
