#include "common/contracts/control.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>

#include "common/base/unix_socket.h"
#include "common/contracts/line_splitter.h"

namespace posta::contracts {

namespace {

constexpr std::size_t kMaxAnswerBytes = 16 * 1024 * 1024;

using End = std::optional<std::chrono::steady_clock::time_point>;  // nothing: however long

int left_until(const End& end) {
    if (!end) return -1;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        *end - std::chrono::steady_clock::now());
    return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

Result<void> wait_for(int fd, short events, const End& end) {
    pollfd wait{fd, events, 0};
    int found = 0;
    do {
        found = ::poll(&wait, 1, left_until(end));
    } while (found < 0 && errno == EINTR);
    if (found < 0) return error_from_errno(errno, "cannot wait for the control socket");
    if (found == 0) return Error{ErrorCode::io, "the server does not answer in time"};
    return {};
}

Result<void> send_line(int fd, std::string_view request, const End& end) {
    std::string line(request);
    line += '\n';
    std::string_view unsent = line;
    while (!unsent.empty()) {
        TRY(wait_for(fd, POLLOUT, end));
        const ssize_t count = ::send(fd, unsent.data(), unsent.size(), MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return error_from_errno(errno, "cannot write to the control socket");
        if (count > 0) unsent.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

// What has come, empty at the end.
Result<std::string> receive(int fd, const End& end) {
    std::string bytes(65536, '\0');
    while (true) {
        TRY(wait_for(fd, POLLIN, end));
        const ssize_t count = ::recv(fd, bytes.data(), bytes.size(), 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (count < 0) return error_from_errno(errno, "cannot read the control socket");
        bytes.resize(static_cast<std::size_t>(count));
        return bytes;
    }
}

}  // namespace

std::string control_socket_path(const std::string& run_dir) { return run_dir + "/control.sock"; }

Result<std::string> ask_supervisor(const std::string& run_dir, std::string_view request,
                                   std::chrono::milliseconds patience) {
    const End end = std::chrono::steady_clock::now() + patience;
    const UniqueFd fd = TRY(connect_unix(control_socket_path(run_dir)));
    TRY(send_line(fd.get(), request, end));
    std::string answer;
    while (answer.size() < kMaxAnswerBytes) {
        const std::string bytes = TRY(receive(fd.get(), end));
        if (bytes.empty()) return Error{ErrorCode::io, "the server closed without an answer"};
        answer += bytes;
        if (const std::size_t newline = answer.find('\n'); newline != std::string::npos)
            return answer.substr(0, newline);
    }
    return Error{ErrorCode::io, "the server's answer is too long"};
}

Result<void> follow_supervisor(const std::string& run_dir, std::string_view request,
                               const std::function<bool(std::string_view)>& on_line) {
    const UniqueFd fd = TRY(connect_unix(control_socket_path(run_dir)));
    TRY(send_line(fd.get(), request, std::nullopt));
    LineSplitter lines(kMaxAnswerBytes);
    while (true) {
        const std::string bytes = TRY(receive(fd.get(), std::nullopt));
        if (bytes.empty()) return {};
        lines.add(bytes);
        while (const auto line = lines.next())
            if (!on_line(*line)) return {};
    }
}

}  // namespace posta::contracts
