#pragma once
// Accepts connections from a listening socket.
//
// Accepts one connection a time while the owner wants any: when descriptors run short the owner
// pauses, and connections wait in the kernel's backlog instead of being accepted and closed.

#include <sys/socket.h>

#include <chrono>

#include "common/base/unique_fd.h"
#include "common/loop/event_loop.h"
#include "common/loop/timer.h"
#include "common/loop/uv_handle.h"

namespace posta {

class ListenerEvents {
public:
    // A new connection: non-blocking, close-on-exec. `address` is the peer's, for TCP.
    virtual void on_connection(UniqueFd connection, const sockaddr_storage& address) = 0;
    // Descriptors or memory ran out: accepting rests for a moment and resumes by itself.
    virtual void on_accept_failed(const Error& error) = 0;

protected:
    ~ListenerEvents() = default;
};

class Listener {
public:
    // Takes the listening socket; it becomes non-blocking. Starts accepting at once.
    Listener(EventLoop& loop, UniqueFd socket, ListenerEvents& events);

    // Goes on with another socket, under the number of the old one, whose backlog is given up.
    void replace_socket(UniqueFd socket);
    // Until resume(); it does not go on by itself, even if it rests.
    void pause();
    void resume();
    bool paused() const { return paused_; }
    // Paused by itself after a failure; it goes on by itself.
    bool resting() const { return retry_timer_.active(); }
    // Connections in the backlog.
    std::size_t waiting() const;
    int fd() const { return socket_.get(); }

private:
    void on_readable();

    // Declared in this order: the poll handle must be stopped before the socket is closed.
    UniqueFd socket_;
    ListenerEvents& events_;
    UvHandle<uv_poll_t> poll_;
    Timer retry_timer_;
    bool paused_ = true;
};

}  // namespace posta
