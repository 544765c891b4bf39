#pragma once
// For how long a child has given no sign of life, counting only time in which it could be heard.
// Pure.
//
// A supervisor that was itself held up (a paused virtual machine, SIGSTOP, a busy core) finds its
// heartbeat overdue and the answers unread: it must not take that for its children's silence.

#include <algorithm>
#include <chrono>

#include "common/base/clock.h"

namespace posta::supervisor {

class Silence {
public:
    // At the child's start.
    void begin(SteadyTime now) {
        last_sign_ = last_look_ = now;
        held_up_ = {};
    }
    void break_off(SteadyTime now) { last_sign_ = now; }

    // To be asked at each heartbeat, which is due `interval` after the one before; what it comes
    // later than that does not count.
    std::chrono::milliseconds length(SteadyTime now, std::chrono::milliseconds interval) {
        const auto late = std::max(now - last_look_ - interval, SteadyTime::duration::zero());
        held_up_ += late;
        last_sign_ = std::min(now, last_sign_ + late);
        last_look_ = now;
        return std::chrono::duration_cast<std::chrono::milliseconds>(now - last_sign_);
    }

    // For how long it could not have been heard, from its start to the last heartbeat.
    SteadyTime::duration held_up() const { return held_up_; }

private:
    SteadyTime last_sign_{};
    SteadyTime last_look_{};
    SteadyTime::duration held_up_{};
};

}  // namespace posta::supervisor
