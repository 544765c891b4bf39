#pragma once
// New settings of a tenant that was ready: on trial until its worker is ready with them.
//
// A reload is a transaction for each tenant. Settings that do not work (a certificate bundle that
// is not there, a memory limit too small to start in) must not take a tenant away that served a
// moment ago: those that worked are kept until the new ones have, and put back if they have not in
// time. The time is the new worker's: it counts from its start, however long the old one drains.
//
// Pure: it remembers and judges; the tenant asks it and acts.

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "supervisor/lifecycle/worker_state.h"
#include "supervisor/tenants/reload.h"

namespace posta::supervisor {

class SettingsTrial {
public:
    enum class Verdict : std::uint8_t { none, accepted, put_back };

    // The settings have changed. A trial only where there is something to go back to.
    void begin() {
        under_way_ = worked_.has_value();
        time_counts_ = time_is_over_ = looked_again_ = false;
        waiting_pid_ = 0;
        waited_ = std::chrono::milliseconds(0);
    }
    bool under_way() const { return under_way_; }
    // A worker with the new settings has been started, or cannot be because of them. True the first
    // time in a trial: its time counts from here.
    bool has_started() { return under_way_ && !std::exchange(time_counts_, true); }

    // The time has passed. How long to wait until asking again; when that is zero the next verdict
    // counts it as over. A process for which the machine had no time gets that added. And whoever
    // was late to ask (a supervisor that was held up) has not heard yet what was said in time.
    // `pid`, `kept_waiting`: the process that runs, and for how long no processor was free for it.
    std::chrono::milliseconds on_time_passed(int pid, std::chrono::milliseconds kept_waiting) {
        using std::chrono::milliseconds;
        constexpr milliseconds kWorthIt{50};
        if (pid != waiting_pid_) waited_ = milliseconds{0};
        waiting_pid_ = pid;
        const milliseconds owed = kept_waiting - waited_;
        waited_ = kept_waiting;
        const bool first = !std::exchange(looked_again_, true);
        if (owed >= kWorthIt) return owed;
        if (first) return milliseconds{1};
        time_is_over_ = true;
        return milliseconds{0};
    }
    // To be asked whenever something has changed. `serving`, `state`: the keeper's; `with_entry`:
    // its process was started with `entry`, the settings that count now.
    Verdict judge(State state, bool serving, bool with_entry, const TenantEntry& entry) {
        // Whoever stopped it has taken over: nothing is put back.
        if (state == State::stopping || state == State::stopped) {
            under_way_ = false;
            worked_.reset();
            return Verdict::none;
        }
        if (serving && with_entry) {
            worked_ = entry;
            return under_way_ ? (under_way_ = false, Verdict::accepted) : Verdict::none;
        }
        if (!under_way_) {
            if (state == State::failed || state == State::backoff) worked_.reset();
            return Verdict::none;
        }
        // Of a failure there is nothing that waiting would mend.
        const bool hopeless = state == State::failed && with_entry;
        return hopeless || time_is_over_ ? Verdict::put_back : Verdict::none;
    }

    // After the verdict put_back: ends the trial; the settings to go on with.
    TenantEntry take_back() {
        under_way_ = false;
        return *worked_;
    }

private:
    std::optional<TenantEntry> worked_;
    bool under_way_ = false;
    bool time_counts_ = false;
    bool time_is_over_ = false;
    bool looked_again_ = false;
    int waiting_pid_ = 0;
    std::chrono::milliseconds waited_{0};  // of it, when last asked
};

}  // namespace posta::supervisor
