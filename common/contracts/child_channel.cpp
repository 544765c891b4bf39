#include "common/contracts/child_channel.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "common/contracts/channel.h"

namespace posta::contracts {

Result<void> leave_with_supervisor(int channel_fd) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return error_from_errno(errno, "cannot ask to leave with the supervisor");
    // It may have died just before the call above, and then no signal comes.
    pollfd peer{channel_fd, POLLRDHUP, 0};
    if (::poll(&peer, 1, 0) < 0) return error_from_errno(errno, "cannot look at the channel");
    if ((peer.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0)
        return Error{ErrorCode::unavailable, "the supervisor is gone"};
    return {};
}

ChildChannel::ChildChannel(EventLoop& loop, UniqueFd channel, ChildChannelEvents& events)
    : events_(events),
      lines_(kMaxLineBytes),
      stream_(loop, std::move(channel), SocketKind::unix_domain, *this) {
    stream_.start_reading();
}

void ChildChannel::say_ready() { say_with_report("ready\n"); }

void ChildChannel::say_draining() { stream_.write("draining\n"); }

// In one piece, so that whoever has heard the word has heard the report too.
void ChildChannel::say_with_report(std::string_view word) {
    std::string lines(word);
    const std::string line = "report " + events_.report() + "\n";
    // A supervisor that does not read must not make this process grow, and a report that is late
    // is worth nothing.
    if (stream_.queued_bytes() <= kMaxReportBytes && line.size() <= kMaxReportBytes)
        lines += line + events_.lines_with_report();
    stream_.write(lines);
}

void ChildChannel::on_bytes(std::string_view bytes) {
    lines_.add(bytes);
    while (const auto line = lines_.next()) {
        if (*line == "ping") {
            say_with_report("pong\n");
        } else {
            events_.on_order(*line);
        }
    }
}

void ChildChannel::on_end() { events_.on_supervisor_gone(); }

void ChildChannel::on_broken(int) { events_.on_supervisor_gone(); }

void say_failed(int channel_fd, std::string_view reason) {
    constexpr std::size_t kMaxReasonBytes = 4096;
    constexpr int kPatienceMs = 1000;
    std::string line = "failed " + std::string(reason.substr(0, kMaxReasonBytes));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    line += '\n';
    pollfd wait{channel_fd, POLLOUT, 0};
    if (::poll(&wait, 1, kPatienceMs) <= 0) return;
    // Best effort: the exit code says the essential, and there is nobody else to tell.
    const ssize_t sent = ::send(channel_fd, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    static_cast<void>(sent);
}

}  // namespace posta::contracts
