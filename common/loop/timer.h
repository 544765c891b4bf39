#pragma once
// A timer on the loop. Destroying it cancels it, also from inside its own callback.

#include <chrono>
#include <functional>

#include "common/loop/event_loop.h"
#include "common/loop/uv_handle.h"

namespace posta {

class Timer {
public:
    // `on_due` is called on the loop; it may start, stop or destroy this timer.
    Timer(EventLoop& loop, std::function<void()> on_due);

    // Starts or restarts. Zero means on the next turn.
    void start_once(std::chrono::milliseconds delay);
    void start_every(std::chrono::milliseconds interval);
    void stop();
    bool active() const;

    // A timer that does not keep the loop running.
    void unref();

private:
    struct Handle {
        uv_timer_t timer;  // first, so that uv_close on it frees the whole block
        std::function<void()> on_due;
    };
    struct Closer {
        void operator()(Handle* handle) const noexcept;
    };
    std::unique_ptr<Handle, Closer> handle_;
};

}  // namespace posta
