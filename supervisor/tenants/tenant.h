#pragma once
// A manifest entry while the supervisor runs: its socket, its keeper, its pid file, its settings.
//
// The listening socket is bound once and outlives every worker: while one restarts, connections
// wait in its backlog. Changed settings are on trial (settings_trial.h) and are put back when they
// do not work; while a worker starts, the newest wait (tenant_settings.cpp). A tenant that failed
// is tried again when its files change.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/contracts/front_contract.h"
#include "common/contracts/settings.h"
#include "common/manifest/manifest.h"
#include "supervisor/lifecycle/keeper.h"
#include "supervisor/tenants/premises.h"
#include "supervisor/tenants/settings_trial.h"
#include "supervisor/upgrade/handover.h"

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
    Premises& premises;
    LogFormat log_format;
    TenantEvents& events;
};

class SupervisedTenant final : private KeeperOwner {
public:
    SupervisedTenant(const TenantSurroundings& surroundings, TenantEntry entry);
    SupervisedTenant(const SupervisedTenant&) = delete;
    SupervisedTenant& operator=(const SupervisedTenant&) = delete;
    // Removes socket and pid file.
    ~SupervisedTenant();

    // Before anyone is started. A tenant without its socket becomes `failed` when it starts.
    void bind_socket();
    // Somebody may have removed its socket or its pid file: then it gets them again. A worker that
    // listens where nobody comes any more is replaced gracefully.
    void restore_files();
    void start_if_enabled();
    // New values for the same slug; a worker that serves is replaced gracefully. One that is
    // starting is let become ready or fail first: until then they wait, and those that waited
    // before them are forgotten. `enabled = false` waits for nothing.
    void change(TenantEntry entry);
    // What change() with these would do: they differ from those that a worker is starting with.
    bool has_to_wait(const TenantEntry& entry) const;
    // Its entry is gone from the manifest: takes its files away, so that a new tenant may have the
    // name at once, and stops gracefully.
    void retire();
    // A failed one is tried again when its files changed since it failed.
    void retry_if_files_changed();
    // An operator's.
    void order(Event command);

    // For an upgrade: what the next image needs, and how it goes on.
    HandedTenant hand_over() const;
    void adopt(const HandedTenant& handed);
    // Its worker is of another version: replaced gracefully, on trial.
    void replace_image();
    // The worker did not become ready in this version, and runs in the one before.
    bool on_previous_image() const { return on_previous_image_; }

    // What it is run with.
    const TenantEntry& entry() const { return entry_; }
    // What it is to be run with: the same, unless newer settings wait.
    const TenantEntry& wanted() const { return newer_ ? *newer_ : entry_; }
    // Only while a worker is starting.
    bool newer_wait() const { return newer_.has_value(); }
    const manifest::Identity& identity() const { return entry_.identity; }
    Keeper& keeper() { return keeper_; }
    const Keeper& keeper() const { return keeper_; }
    // Its state is an outcome, or it is not wanted.
    bool settled() const { return !entry_.identity.enabled || keeper_.settled(); }
    // It has new settings, and it is not known yet whether they work.
    bool on_trial() const { return trial_.under_way(); }
    // Why it runs with its old settings; empty when it does not.
    const std::string& put_back_because() const { return put_back_because_; }
    contracts::Route route() const;

private:
    Result<ChildOrder> order_for(Keeper& keeper) override;
    void on_keeper_changed(Keeper& keeper) override;
    void on_keeper_drained(Keeper&) override {}
    void keep_pid_file();
    void watch_files();
    bool is_off() const;
    void look_at_newer();
    void apply(TenantEntry entry, Event how);
    void begin_trial();
    void count_trial();
    void on_trial_time_passed();
    void look_at_trial();
    void put_back();
    contracts::WorkerSettings settings() const;
    std::string keys_fingerprint() const;
    std::string files_fingerprint() const;
    void remove_files();

    const TenantSurroundings& around_;
    TenantEntry entry_;
    UniqueFd socket_;
    int pid_in_file_ = 0;
    bool begun_ = false;  // had its chance to start, or was handed over
    bool retired_ = false;
    std::vector<std::string> hosts_served_;  // those that the current worker was started with
    bool started_with_entry_ = false;        // the current or last worker
    bool of_version_before_ = false;         // the current worker, after an upgrade

    SettingsTrial trial_;
    bool image_on_trial_ = false;
    bool on_previous_image_ = false;
    std::string put_back_because_;
    std::unique_ptr<Alarm> trial_deadline_;
    std::optional<TenantEntry> newer_;

    std::string keys_started_with_;  // fingerprints
    std::optional<std::string> files_failed_with_;
    std::unique_ptr<Alarm> look_again_;
    std::unique_ptr<FileWatch> watch_;

    Keeper keeper_;
};

// What a tenant that was handed over was run with.
TenantEntry entry_from(const HandedTenant& handed, const contracts::WorkerSettings& settings);

}  // namespace posta::supervisor
