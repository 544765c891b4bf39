#pragma once
// Calls back at the end of each turn of the loop, before it waits again.
//
// Twice a turn, in fact: after timers and before waiting, and after what was waited for. A call
// that finds nothing to finish must cost nothing. When finishing begins something new (an answer
// lets the next pipelined request in), the loop turns again without waiting. Does not keep the loop
// running.

#include <functional>

#include "common/loop/event_loop.h"
#include "common/loop/timer.h"
#include "common/loop/uv_handle.h"

namespace posta::worker {

class EndOfTurn {
public:
    // `on_end` returns whether there is more to finish.
    EndOfTurn(EventLoop& loop, std::function<bool()> on_end);

private:
    template <class T>
    static void call(T* handle) noexcept {
        if (handle->data != nullptr) static_cast<EndOfTurn*>(handle->data)->finish();
    }
    template <class T>
    UvHandle<T> started(uv_loop_t* loop, int (*init)(uv_loop_t*, T*),
                        int (*start)(T*, void (*)(T*)));
    void finish();

    std::function<bool()> on_end_;
    Timer turn_again_;
    UvHandle<uv_prepare_t> before_waiting_;
    UvHandle<uv_check_t> after_waiting_;
};

}  // namespace posta::worker
