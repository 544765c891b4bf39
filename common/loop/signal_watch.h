#pragma once
// Calls back on the loop when the process gets a signal.

#include <functional>

#include "common/loop/event_loop.h"
#include "common/loop/uv_handle.h"

namespace posta {

class SignalWatch {
public:
    SignalWatch(EventLoop& loop, int signal_number, std::function<void()> on_signal);

private:
    struct Handle {
        uv_signal_t signal;  // first, so that uv_close on it frees the whole block
        std::function<void()> on_signal;
    };
    struct Closer {
        void operator()(Handle* handle) const noexcept;
    };
    std::unique_ptr<Handle, Closer> handle_;
};

}  // namespace posta
