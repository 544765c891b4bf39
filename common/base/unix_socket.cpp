#include "common/base/unix_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace posta {

namespace {

Result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return Error{ErrorCode::invalid, "the socket path " + path + " is longer than " +
                                             std::to_string(sizeof address.sun_path - 1) +
                                             " bytes; choose a shorter run directory"};
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

UniqueFd new_socket() {
    return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

}  // namespace

Result<UniqueFd> listen_unix(const std::string& path, mode_t mode, int backlog) {
    const std::string beside = path + ".new";
    TRY(address_of(path));
    const sockaddr_un address = TRY(address_of(beside));
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        return Error{ErrorCode::invalid, path + " is a directory (remove it)"};
    UniqueFd fd = new_socket();
    if (!fd) return error_from_errno(errno, "cannot make a socket");
    if (::unlink(beside.c_str()) != 0 && errno != ENOENT)
        return error_from_errno(errno, "cannot remove " + beside);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return error_from_errno(errno, "cannot bind " + path);
    // Nobody can connect before listen(), so the file's first mode does not matter.
    if (::chmod(beside.c_str(), mode) != 0)
        return error_from_errno(errno, "cannot set the mode of " + path);
    if (::listen(fd.get(), backlog) != 0)
        return error_from_errno(errno, "cannot listen on " + path);
    if (::rename(beside.c_str(), path.c_str()) != 0)
        return error_from_errno(errno, "cannot put " + path + " in place");
    return fd;
}

Result<UniqueFd> connect_unix(const std::string& path) {
    const sockaddr_un address = TRY(address_of(path));
    UniqueFd fd = new_socket();
    if (!fd) return error_from_errno(errno, "cannot make a socket");
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return fd;
    const int reason = errno;
    Error error = error_from_errno(reason, "cannot connect to " + path);
    if (reason == ECONNREFUSED) error.code = ErrorCode::unavailable;
    return error;
}

bool is_dead_socket(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
    const Result<sockaddr_un> address = address_of(path);
    const UniqueFd fd = new_socket();
    if (!address || !fd) return false;
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) !=
               0 &&
           errno == ECONNREFUSED;
}

Result<std::pair<UniqueFd, UniqueFd>> socket_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
        return error_from_errno(errno, "cannot make a socket pair");
    return std::pair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

bool peer_has_left(int connection) {
    pollfd asked{connection, 0, 0};  // a hang-up is told unasked; a closed write side alone is none
    return ::poll(&asked, 1, 0) == 1 && (asked.revents & (POLLHUP | POLLERR)) != 0;
}

}  // namespace posta
