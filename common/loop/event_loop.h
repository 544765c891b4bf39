#pragma once
// The one libuv loop of a process. Everything that waits hangs on it; all of it runs on one thread.

#include <uv.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/loop/readiness.h"

namespace posta {

// "cannot X: reason" from a libuv error number.
Error error_from_uv(int uv_error, std::string_view what);

class EventLoop {
public:
    EventLoop();
    // Runs until the close callbacks of all handles have been called; owners must be gone before.
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    uv_loop_t* raw() { return &loop_; }

    // Until stop(), or until nothing is left to wait for.
    void run();
    void stop();
    // One turn that does not block; for tests.
    void run_ready();

    // Of the sockets of all streams. Made when the first one asks.
    Readiness& readiness();

    // Runs `work` on libuv's thread pool and then `done` on the loop. Both are destroyed on the
    // loop. `work` must not touch anything of the loop; `done` must check that its owner still
    // lives.
    void run_in_pool(std::function<void()> work, std::function<void()> done);

    // Shared by every Stream of the loop: each read lands here and is consumed before the next one,
    // so that an idle connection holds no buffer.
    static constexpr std::size_t kReadBufferBytes = 65536;
    std::array<char, kReadBufferBytes>& read_buffer() { return *read_buffer_; }

private:
    uv_loop_t loop_{};
    std::unique_ptr<Readiness> readiness_;
    std::unique_ptr<std::array<char, kReadBufferBytes>> read_buffer_;
};

}  // namespace posta
