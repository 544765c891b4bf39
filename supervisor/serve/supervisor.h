#pragma once
// The running supervisor: tenants, fronts, signals, reload and the way out.
//
// It parses the manifest and orders of root, nothing from the network, and reads no key and no
// database. Once started nothing in its loop is fatal: what fails is logged and tried again.

#include <functional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/loop/event_loop.h"
#include "common/loop/signal_watch.h"
#include "common/loop/timer.h"
#include "supervisor/serve/front_pool.h"
#include "supervisor/serve/manifest_source.h"
#include "supervisor/serve/public_listeners.h"
#include "supervisor/serve/readiness.h"
#include "supervisor/serve/run_dir.h"
#include "supervisor/tenants/tenant_table.h"

namespace posta::supervisor {

class Supervisor final : private TenantEvents {
public:
    struct Parts {
        ManifestSource source;
        manifest::Manifest manifest;
        RunDir run_dir;
        std::vector<PublicListener> listeners;
        RunAs front;
        uid_t caller;
        LogFormat log_format;
        int notify_fd;
    };

    // `keeper` names the loop, clock and log that all of it uses; it must outlive this.
    Supervisor(const KeeperSurroundings& keeper, Parts parts);

    // Binds every tenant's socket, then starts fronts and workers. The loop runs until they are
    // gone again.
    void start();

    // A manifest with any error changes nothing; the error holds every complaint.
    Result<ReloadPlan> reload();
    // What reload() would do.
    Result<ReloadPlan> plan() const;
    void stop_gracefully();
    void stop_now();
    bool stopping() const { return phase_ != Phase::running; }

    // Called at the end of each turn of the loop in which a process or tenant changed.
    void set_on_change(std::function<void()> on_change) { on_change_ = std::move(on_change); }

    TenantTable& tenants() { return tenants_; }
    const RunDir& run_dir() const { return run_dir_; }
    const FrontPool& fronts() const { return fronts_; }
    // Every enabled tenant that is not, as "arne is failed" (`/readyz`).
    std::vector<std::string> not_ready() const;

private:
    enum class Phase { running, fronts_leave, workers_leave, killing };

    void on_tenant_changed() override { turn_.start_once(std::chrono::milliseconds(0)); }
    void on_turn();
    void on_hup();
    void stop_workers();
    void kill_the_rest();
    Result<manifest::Manifest> load() const;
    contracts::FrontSettings front_settings() const;
    void watch_signals();

    const KeeperSurroundings& around_;
    ManifestSource source_;
    manifest::Manifest manifest_;
    RunDir run_dir_;
    std::vector<PublicListener> listeners_;
    Readiness readiness_;
    Phase phase_ = Phase::running;
    std::function<void()> on_change_ = [] {};
    // What changed during a turn of the loop is acted upon once, at its end.
    Timer turn_;
    Timer workers_turn_;
    Timer stop_deadline_;
    TenantSurroundings tenant_surroundings_;
    TenantTable tenants_;
    FrontPool fronts_;
    std::vector<SignalWatch> signals_;
};

}  // namespace posta::supervisor
