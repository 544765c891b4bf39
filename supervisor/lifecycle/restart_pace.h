#pragma once
// How often a process may be replaced because the old one drains, which is not a death.
//
// A graceful restart that somebody asked for (a signal to the worker) brings the next process at
// once and knows no back-off. But a signal cannot be told from a worker that drains by itself, time
// and again, and would make processes without end. So a few may follow each other closely, and
// what comes more often waits a moment; its requests wait in the socket's backlog meanwhile.
//
// Pure: time comes in as an argument.

#include <algorithm>
#include <chrono>

#include "common/base/clock.h"

namespace posta::supervisor {

class RestartPace {
public:
    using Duration = std::chrono::milliseconds;
    struct Limits {
        int at_once = 10;
        Duration then_every{1'000};
    };

    explicit RestartPace(Limits limits) : limits_(limits) {}

    // Zero: now, and it counts. Otherwise how long to wait before asking again.
    Duration take(SteadyTime now) {
        const SteadyTime earliest = now - (limits_.at_once - 1) * limits_.then_every;
        const SteadyTime due = std::max(due_, earliest);
        if (due > now) return std::chrono::ceil<Duration>(due - now);
        due_ = due + limits_.then_every;
        return Duration{0};
    }

    // As if there had been none.
    void clear() { due_ = SteadyTime::min(); }

private:
    Limits limits_;
    SteadyTime due_ = SteadyTime::min();
};

}  // namespace posta::supervisor
