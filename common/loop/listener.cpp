#include "common/loop/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace posta {

namespace {

constexpr std::chrono::milliseconds kRestAfterFailure{100};
// Others on the loop get their turn between such batches.
constexpr int kMaxAcceptsPerTurn = 16;
// What the kernel takes for a TCP connection beyond what its peer has room for. Without it a client
// that reads a few bytes now and then is given megabytes, cut to its small window into a thousand
// segments, each with a buffer of its own: a millisecond that everybody waits for.
constexpr int kMostUnsentBytes = 128 * 1024;

// Connections have these from their listener. What is not a TCP socket refuses them.
void set_options_to_inherit(int fd) {
    // What TCP calls urgent is a byte like any other, in its place (RFC 6093 section 5): who read
    // the stream without it would read another message.
    const int yes = 1;
    (void)::setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &yes, sizeof yes);
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kMostUnsentBytes,
                       sizeof kMostUnsentBytes);
}

}  // namespace

Listener::Listener(EventLoop& loop, UniqueFd socket, ListenerEvents& events)
    : socket_(std::move(socket)), events_(events), retry_timer_(loop, [this] { resume(); }) {
    set_options_to_inherit(socket_.get());
    auto poll = std::make_unique<uv_poll_t>();
    CHECK(uv_poll_init(loop.raw(), poll.get(), socket_.get()) == 0);
    poll->data = this;
    poll_.reset(poll.release());
    resume();
}

void Listener::resume() {
    if (!paused_) return;
    paused_ = false;
    CHECK(uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* poll, int, int) noexcept {
              if (poll->data != nullptr) static_cast<Listener*>(poll->data)->on_readable();
          }) == 0);
}

void Listener::pause() {
    retry_timer_.stop();
    if (paused_) return;
    paused_ = true;
    uv_poll_stop(poll_.get());
}

void Listener::replace_socket(UniqueFd socket) {
    const bool goes_on = !paused_ || resting();
    pause();
    set_options_to_inherit(socket.get());
    CHECK(::dup3(socket.get(), socket_.get(), O_CLOEXEC) >= 0);
    if (goes_on) resume();
}

std::size_t Listener::waiting() const {
    pollfd asked{socket_.get(), POLLIN, 0};
    if (::poll(&asked, 1, 0) != 1 || (asked.revents & POLLIN) == 0) return 0;
    tcp_info info{};  // of a listening socket, tcpi_unacked is the length of its backlog
    socklen_t length = sizeof info;
    if (::getsockopt(socket_.get(), IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 1;
    return std::max<std::size_t>(1, info.tcpi_unacked);
}

void Listener::on_readable() {
    // The owner may destroy this listener inside a call; the handle's `data` is cleared then.
    uv_poll_t* const poll = poll_.get();
    for (int accepted = 0; accepted < kMaxAcceptsPerTurn; ++accepted) {
        sockaddr_storage address{};
        socklen_t length = sizeof address;
        UniqueFd connection(::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&address), &length,
                                      SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (connection) {
            events_.on_connection(std::move(connection), address);
            if (poll->data != this || paused_) return;
            continue;
        }
        // What another process took, or a client that left while it waited, is no failure.
        if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR || errno == EPROTO) return;
        const Error error = error_from_errno(errno, "cannot accept a connection");
        pause();
        retry_timer_.start_once(kRestAfterFailure);
        events_.on_accept_failed(error);
        return;
    }
}

}  // namespace posta
