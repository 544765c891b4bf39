#pragma once
// New settings of a tenant that was ready: on trial until its worker is ready with them.
//
// A reload is a transaction for each tenant. Settings that do not work (a certificate bundle that
// is not there, a memory limit too small to start in) must not take a tenant away that served a
// moment ago: those that worked are kept until the new ones have, and put back if they have not in
// time.
//
// Pure: it remembers and judges; the tenant asks it and acts.

#include <cstdint>
#include <optional>

#include "supervisor/lifecycle/worker_state.h"
#include "supervisor/tenants/reload.h"

namespace posta::supervisor {

class SettingsTrial {
public:
    enum class Verdict : std::uint8_t { none, accepted, put_back };

    // The settings have changed. A trial only where there is something to go back to.
    void begin() {
        under_way_ = worked_.has_value();
        time_is_over_ = false;
    }
    bool under_way() const { return under_way_; }
    void time_is_over() { time_is_over_ = true; }
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
    bool time_is_over_ = false;
};

}  // namespace posta::supervisor
