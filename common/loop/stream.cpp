#include "common/loop/stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace posta {

namespace {

// A peer that sends faster than we read lets others on the loop have their turn.
constexpr int kMaxReadsPerTurn = 32;

// Two parts cost the kernel more than a copy does, as long as they are small.
constexpr std::size_t kWorthCopying = 2048;

bool must_wait(int error) { return error == EAGAIN || error == EINTR; }

ssize_t send_two(int fd, std::string_view first, std::string_view second) {
    constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
    if (first.empty()) std::swap(first, second);
    if (second.empty()) return ::send(fd, first.data(), first.size(), kFlags);
    if (std::array<char, kWorthCopying> both; first.size() + second.size() <= both.size()) {
        first.copy(both.data(), first.size());
        second.copy(both.data() + first.size(), second.size());
        return ::send(fd, both.data(), first.size() + second.size(), kFlags);
    }
    std::array<iovec, 2> parts{iovec{const_cast<char*>(first.data()), first.size()},
                               iovec{const_cast<char*>(second.data()), second.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return ::sendmsg(fd, &message, kFlags);
}

}  // namespace

Stream::Stream(EventLoop& loop, UniqueFd socket, SocketKind kind, StreamEvents& events)
    : loop_(loop),
      events_(&events),
      socket_(std::move(socket)),
      is_pipe_(kind == SocketKind::pipe),
      reading_(false),
      ended_(false),
      shut_(false),
      broken_(false) {
    auto handle = std::make_unique<uv_poll_t>();
    CHECK(uv_poll_init(loop.raw(), handle.get(), socket_.get()) == 0);
    handle->data = this;
    handle_.reset(handle.release());
    if (kind != SocketKind::tcp) return;
    const int on = 1;
    // Fails for a peer that has left already, which the first read tells.
    (void)::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Stream::~Stream() = default;

void Stream::start_reading() {
    if (reading_ || ended_ || broken_) return;
    reading_ = true;
    watch();
}

void Stream::stop_reading() {
    if (!reading_) return;
    reading_ = false;
    watch();
}

void Stream::watch() {
    const int wanted = (reading_ ? UV_READABLE : 0) | (unsent_ && !broken_ ? UV_WRITABLE : 0);
    if (wanted == watched_) return;
    watched_ = static_cast<std::uint8_t>(wanted);
    if (wanted == 0) {
        uv_poll_stop(handle_.get());
        return;
    }
    CHECK(
        uv_poll_start(handle_.get(), wanted, [](uv_poll_t* poll, int status, int events) noexcept {
            if (poll->data != nullptr) static_cast<Stream*>(poll->data)->on_ready(status, events);
        }) == 0);
}

void Stream::on_ready(int status, int events) {
    const uv_poll_t* const poll = handle_.get();
    if (status != 0) {
        // An error of the socket: libuv has stopped watching, and a read or write says which it is,
        // after the bytes that came before it.
        events = watched_;
        watched_ = 0;
    }
    if ((events & UV_READABLE) != 0) read_some();
    if (poll->data != this) return;  // the owner has destroyed this stream
    if ((events & UV_WRITABLE) != 0) send_some();
    if (poll->data == this) watch();
}

void Stream::read_some() {
    const uv_poll_t* const poll = handle_.get();
    auto& buffer = loop_.read_buffer();
    for (int reads = 0; reads < kMaxReadsPerTurn && reading_; ++reads) {
        const ssize_t count =
            is_pipe_ ? ::read(socket_.get(), buffer.data(), buffer.size())
                     : ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count < 0) {
            if (!must_wait(errno)) fail(-errno);
            return;
        }
        if (count == 0) {
            stop_reading();
            ended_ = true;
            return events_->on_end();
        }
        events_->on_bytes({buffer.data(), static_cast<std::size_t>(count)});
        if (poll->data != this || static_cast<std::size_t>(count) < buffer.size()) return;
    }
}

void Stream::write(std::string_view first, std::string_view second) {
    if (broken_ || shut_ || first.size() + second.size() == 0) return;
    std::size_t sent = 0;
    if (!unsent_) {
        // A failure shows again when the socket is ready for the rest, and is reported from there.
        const ssize_t count = send_two(socket_.get(), first, second);
        if (count > 0) sent = static_cast<std::size_t>(count);
        if (sent == first.size() + second.size()) return;
    }
    const std::size_t of_first = std::min(sent, first.size());
    queue(first.substr(of_first));
    queue(second.substr(sent - of_first));
    watch();
}

void Stream::queue(std::string_view bytes) {
    if (!unsent_) unsent_ = std::make_unique<Unsent>();
    // Holds no more than what is left, so that the owner's bound on it is one on memory.
    unsent_->bytes.erase(0, std::exchange(unsent_->sent, 0)).append(bytes);
}

void Stream::send_some() {
    if (!unsent_ || broken_) return;
    const ssize_t count = send_two(socket_.get(), unsent_->left(), {});
    if (count < 0) {
        if (!must_wait(errno)) fail(-errno);
        return;
    }
    unsent_->sent += static_cast<std::size_t>(count);
    if (!unsent_->left().empty()) return;
    unsent_.reset();
    watch();
    if (shut_) ::shutdown(socket_.get(), SHUT_WR);
    events_->on_drained();
}

void Stream::shut_write() {
    if (broken_ || shut_) return;
    shut_ = true;
    if (!unsent_) ::shutdown(socket_.get(), SHUT_WR);
}

void Stream::fail(int uv_error) {
    if (broken_) return;
    broken_ = true;
    reading_ = false;
    unsent_.reset();
    watch();
    events_->on_broken(uv_error);
}

}  // namespace posta
