#pragma once
// Tells the streams of a loop when their sockets are ready: an epoll instance of our own, which
// libuv watches as one descriptor.
//
// A handle of libuv for each of many thousand idle connections would cost 176 bytes, and five
// system calls in a connection's life instead of two. And libuv is told of a ready socket until it
// is no more, for which the kernel looks at each of them twice; here news come once
// (edge-triggered): who does not take all there is asks again with change().
//
// Keeps the loop running as long as somebody waits.

#include <sys/epoll.h>

#include <array>
#include <cstdint>

#include "common/base/unique_fd.h"
#include "common/loop/uv_handle.h"

namespace posta {

class ReadinessEvents {
public:
    // `events` of epoll. May destroy itself and others.
    virtual void on_ready(std::uint32_t events) = 0;

protected:
    ~ReadinessEvents() = default;
};

class Readiness {
public:
    explicit Readiness(uv_loop_t* loop);
    Readiness(const Readiness&) = delete;
    Readiness& operator=(const Readiness&) = delete;
    ~Readiness();

    // `events` of epoll; being edge-triggered goes without saying.
    void add(int fd, std::uint32_t events, ReadinessEvents& told);
    // What is ready already counts as news.
    void change(int fd, std::uint32_t events, ReadinessEvents& told);
    // Before the descriptor is closed: another process may have it, too.
    void remove(int fd, const ReadinessEvents& told);

    // Whose on_ready() is running; null when it has been removed meanwhile, and does not exist any
    // more perhaps.
    const ReadinessEvents* told_now() const { return told_now_; }

    // So many wait, and so many no more.
    void wait_begins();
    void wait_ends();

private:
    void control(int operation, int fd, std::uint32_t events, ReadinessEvents* told);
    void tell();

    UniqueFd epoll_;
    UvHandle<uv_poll_t> poll_;
    std::size_t waiting_ = 0;
    std::array<epoll_event, 128> news_{};
    std::size_t next_ = 0;  // of the news that have not been told
    std::size_t count_ = 0;
    const ReadinessEvents* told_now_ = nullptr;
};

}  // namespace posta
