#include "common/contracts/control.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "common/base/unix_socket.h"

namespace posta::contracts {

namespace {

constexpr std::size_t kMaxAnswerBytes = 16 * 1024 * 1024;

int left_until(std::chrono::steady_clock::time_point end) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

Result<void> wait_for(int fd, short events, std::chrono::steady_clock::time_point end) {
    pollfd wait{fd, events, 0};
    int found = 0;
    do {
        found = ::poll(&wait, 1, left_until(end));
    } while (found < 0 && errno == EINTR);
    if (found < 0) return error_from_errno(errno, "cannot wait for the control socket");
    if (found == 0) return Error{ErrorCode::io, "the server does not answer in time"};
    return {};
}

}  // namespace

std::string control_socket_path(const std::string& run_dir) { return run_dir + "/control.sock"; }

Result<std::string> ask_supervisor(const std::string& run_dir, std::string_view request,
                                   std::chrono::milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    const UniqueFd fd = TRY(connect_unix(control_socket_path(run_dir)));
    std::string line(request);
    line += '\n';
    std::string_view unsent = line;
    while (!unsent.empty()) {
        TRY(wait_for(fd.get(), POLLOUT, end));
        const ssize_t count = ::send(fd.get(), unsent.data(), unsent.size(), MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return error_from_errno(errno, "cannot write to the control socket");
        if (count > 0) unsent.remove_prefix(static_cast<std::size_t>(count));
    }
    std::string answer;
    std::array<char, 65536> buffer{};
    while (answer.size() < kMaxAnswerBytes) {
        TRY(wait_for(fd.get(), POLLIN, end));
        const ssize_t count = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (count < 0) return error_from_errno(errno, "cannot read the control socket");
        if (count == 0) return Error{ErrorCode::io, "the server closed without an answer"};
        answer.append(buffer.data(), static_cast<std::size_t>(count));
        if (const std::size_t newline = answer.find('\n'); newline != std::string::npos)
            return answer.substr(0, newline);
    }
    return Error{ErrorCode::io, "the server's answer is too long"};
}

}  // namespace posta::contracts
