#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>

#include "common/contracts/channel.h"
#include "common/contracts/settings.h"

namespace posta::contracts {

Result<std::string> read_first_line(int channel_fd) {
    constexpr std::size_t kPeekBytes = 64 * 1024;
    const auto peeked = std::make_unique<std::array<char, kPeekBytes>>();
    std::string line;
    while (line.size() <= kMaxLineBytes) {
        pollfd wait{channel_fd, POLLIN, 0};
        if (::poll(&wait, 1, -1) < 0 && errno != EINTR)
            return error_from_errno(errno, "cannot wait for the settings");
        const ssize_t seen =
            ::recv(channel_fd, peeked->data(), peeked->size(), MSG_PEEK | MSG_DONTWAIT);
        if (seen < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (seen < 0) return error_from_errno(errno, "cannot read the settings");
        if (seen == 0)
            return Error{ErrorCode::unavailable, "the supervisor left before it sent settings"};
        // Only up to the newline is taken out of the socket: what follows is for the loop.
        const std::string_view part(peeked->data(), static_cast<std::size_t>(seen));
        const std::size_t newline = part.find('\n');
        const std::size_t wanted = newline == std::string_view::npos ? part.size() : newline + 1;
        const ssize_t taken = ::recv(channel_fd, peeked->data(), wanted, MSG_DONTWAIT);
        if (taken < 0) return error_from_errno(errno, "cannot read the settings");
        line.append(peeked->data(), static_cast<std::size_t>(taken));
        if (!line.empty() && line.back() == '\n') {
            line.pop_back();
            return line;
        }
    }
    return Error{ErrorCode::invalid,
                 "the settings are longer than " + std::to_string(kMaxLineBytes) + " bytes"};
}

}  // namespace posta::contracts
