#pragma once
// How long to wait before starting a process again after it died (operations.md: 200 ms, doubling
// to 60 s, with jitter).
//
// A worker that dies soon after starting is probably broken (bad key file, full disk), and starting
// it in a tight loop would take CPU from the healthy tenants. So each early death doubles the
// delay, up to a ceiling; one that was ready for long enough earns a fresh start. It never gives
// up. Jitter spreads many tenants that died of one cause.
//
// Pure: time and chance come in as arguments, nothing here sleeps or reads a clock.

#include <chrono>

namespace posta::supervisor {

class RestartPolicy {
public:
    using Duration = std::chrono::milliseconds;
    struct Limits {
        Duration first_delay{200};
        Duration longest_delay{60'000};
        Duration stable_after{60'000};  // ready for this long forgives earlier deaths
    };

    explicit RestartPolicy(Limits limits) : limits_(limits), next_delay_(limits.first_delay) {}

    // The delay before the next start. `ready_for`: how long the process that just died had been
    // ready, zero if it never was. `chance` in [0, 1): moves the delay by up to a tenth either way.
    Duration delay_after_exit(Duration ready_for, double chance);

    // The next death counts as the first.
    void clear() { next_delay_ = limits_.first_delay; }

private:
    Limits limits_;
    Duration next_delay_;
};

}  // namespace posta::supervisor
