#include "common/loop/stream.h"

#include <fcntl.h>
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

constexpr std::uint32_t kReading = EPOLLIN | EPOLLRDHUP | EPOLLPRI;

void set_non_blocking(int fd) { (void)::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

void send_at_once(int fd) {
    const int on = 1;
    // Fails for a peer that has left already, which the first read tells.
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

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
      broken_(false),
      waits_(false),
      unread_(false) {
    if (is_pipe_) set_non_blocking(socket_.get());
    if (kind == SocketKind::tcp) send_at_once(socket_.get());
    asked_ = kReading;
    loop.readiness().add(socket_.get(), asked_, *this);
}

Stream::~Stream() {
    Readiness& readiness = loop_.readiness();
    if (waits_) readiness.wait_ends();
    readiness.remove(socket_.get(), *this);
}

void Stream::start_reading() {
    if (reading_ || ended_ || broken_) return;
    reading_ = true;
    if (unread_) ask_for(asked_ | kReading);
    note_wait();
}

// News that come meanwhile are few: the first one ends them, see on_ready().
void Stream::stop_reading() {
    reading_ = false;
    note_wait();
}

// Also what is asked for already: whatever is ready by then is news.
void Stream::ask_for(std::uint32_t events) {
    asked_ = events;
    loop_.readiness().change(socket_.get(), asked_, *this);
}

// The loop runs on as long as this waits for something.
void Stream::note_wait() {
    const bool waits = reading_ || unsent_ != nullptr;
    if (waits == waits_) return;
    waits_ = waits;
    waits ? loop_.readiness().wait_begins() : loop_.readiness().wait_ends();
}

void Stream::on_ready(std::uint32_t events) {
    const ReadinessEvents* const self = this;
    const Readiness& readiness = loop_.readiness();
    // An error of the socket is said by the next read or write, after the bytes that came before
    // it.
    const bool over = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    // A read ends at urgent data (TCP's), and there is more behind it.
    const bool urgent = (events & EPOLLPRI) != 0;
    if ((events & EPOLLIN) != 0 || over || urgent) {
        unread_ = true;
        if (reading_ && !events_->may_read()) {
            stop_reading();
        } else if (reading_) {
            read_some(over || urgent);
            if (readiness.told_now() != self) return;  // the owner has destroyed this stream
        } else if ((asked_ & EPOLLIN) != 0) {
            ask_for(asked_ & ~kReading);
        }
    }
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) send_some();
}

// `more`: behind what one read brings there may be more, or the end, of which no news will come.
void Stream::read_some(bool more) {
    const ReadinessEvents* const self = this;
    const Readiness& readiness = loop_.readiness();
    auto& buffer = loop_.read_buffer();
    for (int reads = 0; reads < kMaxReadsPerTurn && reading_; ++reads) {
        const ssize_t count = receive(buffer.data(), buffer.size());
        if (count < 0) {
            unread_ = false;
            if (errno != EAGAIN) fail(-errno);
            return;
        }
        if (count == 0) {
            stop_reading();
            ended_ = true;
            return events_->on_end();
        }
        const bool all = static_cast<std::size_t>(count) < buffer.size() && !more;
        if (all) unread_ = false;
        events_->on_bytes({buffer.data(), static_cast<std::size_t>(count)});
        if (readiness.told_now() != self || all) return;
    }
    if (reading_) ask_for(asked_ | kReading);
}

ssize_t Stream::receive(char* into, std::size_t size) const {
    ssize_t count = 0;
    do {
        count = is_pipe_ ? ::read(socket_.get(), into, size)
                         : ::recv(socket_.get(), into, size, MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    return count;
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
    if ((asked_ & EPOLLOUT) == 0) ask_for(asked_ | EPOLLOUT);
    note_wait();
}

void Stream::queue(std::string_view bytes) {
    if (!unsent_) unsent_ = std::make_unique<Unsent>();
    // Holds no more than what is left, so that the owner's bound on it is one on memory.
    unsent_->bytes.erase(0, std::exchange(unsent_->sent, 0)).append(bytes);
}

void Stream::send_some() {
    if (!unsent_ || broken_) return;
    const std::string_view part = unsent_->left().substr(0, kMostToSend);
    if (!events_->may_send(part.size())) return;
    const ssize_t count = send_two(socket_.get(), part, {});
    if (count < 0) {
        if (errno == EINTR) return ask_for(asked_);
        if (errno != EAGAIN) fail(-errno);
        return;
    }
    unsent_->sent += static_cast<std::size_t>(count);
    // A socket that took all of it may take more, of which no news will come.
    if (static_cast<std::size_t>(count) == part.size() && !unsent_->left().empty())
        return ask_for(asked_);
    if (!unsent_->left().empty()) return;
    unsent_.reset();
    ask_for(asked_ & ~std::uint32_t{EPOLLOUT});
    note_wait();
    if (shut_) ::shutdown(socket_.get(), SHUT_WR);
    events_->on_drained();
}

void Stream::resume_sending() {
    if (unsent_ && !broken_) ask_for(asked_);
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
    note_wait();
    events_->on_broken(uv_error);
}

}  // namespace posta
