#pragma once
// The running supervisor: tenants, fronts, reload and the way out.
//
// It parses the manifest and orders of root, nothing from the network, and reads no key and no
// database. Once started nothing is fatal: what fails is logged and tried again. It knows no loop
// and no kernel, only the machinery and the premises that it is given.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "supervisor/serve/front_pool.h"
#include "supervisor/serve/public_listeners.h"
#include "supervisor/serve/readiness.h"
#include "supervisor/tenants/tenant_table.h"
#include "supervisor/upgrade/succession.h"

namespace posta::supervisor {

class Supervisor final : private TenantEvents {
public:
    struct Parts {
        std::function<Result<manifest::Manifest>()> load;  // again, for a reload
        manifest::Manifest manifest;                       // as it was read for the start
        Premises& premises;
        std::vector<PublicListener> listeners;
        RunAs front;
        LogFormat log_format;  // of the children, for whoever reads their output
        Readiness& readiness;
        std::function<void()> on_gone;  // all processes have left, after a stop
    };

    // `keeper` names the machinery, clock and log that all of it uses; it must outlive this.
    Supervisor(const KeeperSurroundings& keeper, Parts parts);

    // Binds every tenant's socket, then starts fronts and workers.
    void start();

    // Instead of start(): goes on with what the image before this one ran, and replaces its
    // processes one by one.
    void take_over(const Handover& handover);
    // What it needs of this one: listeners, fronts, tenants. The rest is the caller's.
    Handover hand_over() const;
    // Why that cannot be; and why it must wait a moment. Empty when it need not.
    std::string no_upgrade_because() const;
    std::string unrest() const;
    const Succession& succession() const { return succession_; }

    // A manifest with any error changes nothing; the error holds every complaint.
    Result<ReloadPlan> reload();
    // The same for a signal: nobody waits for the answer, so it is logged.
    void reload_and_log();
    // What reload() would do.
    Result<ReloadPlan> plan() const;
    void stop_gracefully();
    void stop_now();
    bool stopping() const { return phase_ != Phase::running; }

    // Called at the end of each turn of the loop in which a process or tenant changed.
    void set_on_change(std::function<void()> on_change) { on_change_ = std::move(on_change); }

    TenantTable& tenants() { return tenants_; }
    const FrontPool& fronts() const { return fronts_; }
    // Every enabled tenant that is not, as "arne is failed" (`/readyz`), and the fronts when none
    // of them can start.
    std::vector<std::string> not_ready() const;

private:
    enum class Phase { running, fronts_leave, workers_leave, killing };

    void on_tenant_changed() override { turn_->start_once(std::chrono::milliseconds(0)); }
    void on_turn();
    void watch_premises();
    void restore_premises();
    Result<ReloadPlan> load_and_apply();
    void apply(const ReloadPlan& plan);
    void stop_workers();
    void kill_the_rest();
    contracts::FrontSettings front_settings() const;

    const KeeperSurroundings& around_;
    std::function<Result<manifest::Manifest>()> load_;
    manifest::Manifest manifest_;
    std::vector<PublicListener> listeners_;
    RunAs front_;
    Readiness& readiness_;
    std::function<void()> on_gone_;
    Phase phase_ = Phase::running;
    std::function<void()> on_change_ = [] {};
    // What changed during a turn of the loop is acted upon once, at its end.
    std::unique_ptr<Alarm> turn_;
    std::unique_ptr<Alarm> workers_turn_;
    std::unique_ptr<Alarm> stop_deadline_;
    std::unique_ptr<Alarm> premises_look_;
    std::unique_ptr<FileWatch> premises_watch_;
    Premises& premises_;
    TenantSurroundings tenant_surroundings_;
    TenantTable tenants_;
    FrontPool fronts_;
    Succession succession_;
};

}  // namespace posta::supervisor
