#include "supervisor/serve/readiness.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "common/base/result.h"

namespace posta::supervisor {

namespace {

Result<void> send_to(std::string_view path, std::string_view message) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return Error{ErrorCode::invalid, "NOTIFY_SOCKET is too long"};
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path[0] == '@') address.sun_path[0] = '\0';  // the abstract name space
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd || ::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL,
                        reinterpret_cast<const sockaddr*>(&address), length) < 0)
        return error_from_errno(errno, "cannot tell NOTIFY_SOCKET");
    return {};
}

}  // namespace

Readiness::Readiness(int notify_fd, std::string notify_socket, const Clock& clock)
    : notify_socket_(std::move(notify_socket)), clock_(clock), notify_(notify_fd) {}

void Readiness::tell(Log& log) {
    if (told_) return;
    told_ = true;
    if (notify_ && ::write(notify_.get(), "\n", 1) != 1)
        log.warn("cannot tell the notify fd",
                 {{"reason", error_from_errno(errno, "write").message}});
    notify_.reset();
    tell_socket("READY=1", log);
}

void Readiness::tell_reloading(Log& log) {
    const auto since_boot =
        std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady().time_since_epoch());
    tell_socket("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(since_boot.count()), log);
}

void Readiness::tell_reloaded(Log& log) { tell_socket("READY=1", log); }

void Readiness::tell_stopping(Log& log) { tell_socket("STOPPING=1", log); }

void Readiness::tell_socket(std::string_view message, Log& log) const {
    if (notify_socket_.empty()) return;
    if (const Result<void> told = send_to(notify_socket_, message); !told)
        log.warn("cannot tell the notify socket", {{"reason", told.error().message}});
}

}  // namespace posta::supervisor
