#include "supervisor/serve/readiness.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "common/base/result.h"

namespace posta::supervisor {

namespace {

Result<void> tell_socket(std::string_view path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return Error{ErrorCode::invalid, "NOTIFY_SOCKET is too long"};
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path[0] == '@') address.sun_path[0] = '\0';  // the abstract name space
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    constexpr std::string_view kMessage = "READY=1";
    if (!fd || ::sendto(fd.get(), kMessage.data(), kMessage.size(), MSG_NOSIGNAL,
                        reinterpret_cast<const sockaddr*>(&address), length) < 0)
        return error_from_errno(errno, "cannot tell NOTIFY_SOCKET");
    return {};
}

}  // namespace

Readiness::Readiness(int notify_fd) : notify_(notify_fd) {}

void Readiness::tell(Log& log) {
    if (told_) return;
    told_ = true;
    if (notify_ && ::write(notify_.get(), "\n", 1) != 1)
        log.warn("cannot tell the notify fd",
                 {{"reason", error_from_errno(errno, "write").message}});
    notify_.reset();
    const char* path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || *path == '\0') return;
    if (const Result<void> told = tell_socket(path); !told)
        log.warn("cannot tell the notify socket", {{"reason", told.error().message}});
}

}  // namespace posta::supervisor
