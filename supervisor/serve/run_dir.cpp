#include "supervisor/serve/run_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "common/base/unix_socket.h"
#include "common/contracts/control.h"
#include "supervisor/serve/left_behind.h"

namespace posta::supervisor {

namespace {

constexpr mode_t kDirectoryMode = 0755;
constexpr mode_t kPidMode = 0644;
constexpr mode_t kSocketMode = 0600;
constexpr int kSocketBacklog = 1024;

// Opens and locks the file that the path names at the end, not one that was just removed.
Result<UniqueFd> lock_file(const std::string& path, const std::string& directory) {
    constexpr int kTries = 5;
    for (int tries = 0; tries < kTries; ++tries) {
        UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kPidMode));
        if (!fd) return error_from_errno(errno, "cannot open " + path);
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) return error_from_errno(errno, "cannot lock " + path);
            return Error{ErrorCode::conflict, "another supervisor runs in " + directory +
                                                  " (stop it, or choose another --run-dir)"};
        }
        struct stat ours {};
        struct stat named {};
        if (::fstat(fd.get(), &ours) == 0 && ::stat(path.c_str(), &named) == 0 &&
            ours.st_ino == named.st_ino && ours.st_dev == named.st_dev)
            return fd;
    }
    return Error{ErrorCode::unavailable, path + " is removed again and again"};
}

// There in full or not at all, but not synced: it says nothing once we are gone, and all tenants
// would share the wait for the disk.
Result<void> put(const std::string& path, const std::string& text) {
    const std::string beside = path + ".new";
    const UniqueFd fd(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kPidMode));
    if (!fd) return error_from_errno(errno, "cannot open " + beside);
    if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::fchmod(fd.get(), kPidMode) != 0)
        return error_from_errno(errno, "cannot write " + beside);
    if (::rename(beside.c_str(), path.c_str()) != 0)
        return error_from_errno(errno, "cannot put " + path + " in place");
    return {};
}

}  // namespace

Result<RunDir> RunDir::take(const std::string& path, Log& log) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return error_from_errno(error.value(), "cannot make the run directory " + path);
    if (::chmod(path.c_str(), kDirectoryMode) != 0)
        return error_from_errno(errno, "cannot set the mode of the run directory " + path);
    const std::string pid_file = path + "/supervisor.pid";
    UniqueFd lock = TRY(lock_file(pid_file, path));
    struct stat status {};
    const bool was_used = ::fstat(lock.get(), &status) == 0 && status.st_size > 0;
    const std::string pid = std::to_string(::getpid()) + "\n";
    // In place, since the lock hangs on this very file: one short write, then the cut.
    if (::pwrite(lock.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()) ||
        ::ftruncate(lock.get(), static_cast<off_t>(pid.size())) != 0)
        return error_from_errno(errno, "cannot write " + pid_file);
    if (was_used) remove_left_behind(path);
    return RunDir(path, std::move(lock), log);
}

RunDir::~RunDir() {
    if (!lock_) return;
    ::unlink(contracts::control_socket_path(path_).c_str());
    ::unlink(pid_path("supervisor").c_str());
}

std::string RunDir::socket_path(std::string_view slug) const {
    return path_ + "/" + std::string(slug) + ".sock";
}

std::string RunDir::pid_path(std::string_view name) const {
    return path_ + "/" + std::string(name) + ".pid";
}

Result<UniqueFd> RunDir::listen_for(std::string_view slug, const RunAs& front) const {
    const std::string path = socket_path(slug);
    UniqueFd socket = TRY(listen_unix(path, kSocketMode, kSocketBacklog));
    if (front.uid && ::lchown(path.c_str(), *front.uid, front.gid.value_or(0)) != 0)
        return error_from_errno(errno, "cannot give " + path + " to the front");
    return socket;
}

Result<UniqueFd> RunDir::listen_for_control() const {
    return listen_unix(contracts::control_socket_path(path_), kSocketMode, kSocketBacklog);
}

void RunDir::remove_tenant_socket(std::string_view slug) const {
    ::unlink(socket_path(slug).c_str());
}

void RunDir::write_pid(std::string_view name, int pid) const {
    const Result<void> written = put(pid_path(name), std::to_string(pid) + "\n");
    if (!written) log_.warn("no pid file", {{"reason", written.error().message}});
}

void RunDir::remove_pid(std::string_view name) const { ::unlink(pid_path(name).c_str()); }

}  // namespace posta::supervisor
