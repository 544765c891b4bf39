#pragma once
// One deadline a connection, cheap to move: the timer behind it is only started anew when the
// deadline comes nearer, and otherwise catches up when it fires. A connection that answers request
// after request never touches its timer.

#include <chrono>
#include <cstdint>
#include <functional>

#include "common/loop/event_loop.h"
#include "common/loop/timer.h"

namespace posta::supervisor {

class Deadline {
public:
    Deadline(EventLoop& loop, std::function<void()> on_due);

    // From now; replaces the former one.
    void set(std::chrono::milliseconds delay);

private:
    void on_timer();

    EventLoop& loop_;
    std::function<void()> on_due_;
    std::uint64_t due_ = 0;    // of the loop's clock, ms
    std::uint64_t armed_ = 0;  // when the timer fires; 0: it does not
    Timer timer_;
};

}  // namespace posta::supervisor
