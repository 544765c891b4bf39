#include "supervisor/serve/run_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "common/base/file.h"
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
        UniqueFd fd(::open(path.c_str(),
                           O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
                           kPidMode));
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
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        return Error{ErrorCode::invalid, path + " is a directory (remove it)"};
    ::unlink(beside.c_str());  // whatever it is: opening a pipe would wait for a reader
    const UniqueFd fd(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kPidMode));
    if (!fd) return error_from_errno(errno, "cannot open " + beside);
    if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::fchmod(fd.get(), kPidMode) != 0)
        return error_from_errno(errno, "cannot write " + beside);
    if (::rename(beside.c_str(), path.c_str()) != 0)
        return error_from_errno(errno, "cannot put " + path + " in place");
    return {};
}

Result<void> make_directory(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return error_from_errno(error.value(), "cannot make the run directory " + path);
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return error_from_errno(errno, "cannot look at the run directory " + path);
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        return Error{ErrorCode::denied,
                     "the run directory " + path + " belongs to uid " +
                         std::to_string(status.st_uid) +
                         ", who could take the place of every socket in it (chown it to uid " +
                         std::to_string(::geteuid()) + ", or choose another --run-dir)"};
    if (::chmod(path.c_str(), kDirectoryMode) != 0)
        return error_from_errno(errno, "cannot set the mode of the run directory " + path);
    return {};
}

// In place, since the lock hangs on this very file: one short write, then the cut.
Result<void> write_own_pid(int lock, const std::string& path) {
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::pwrite(lock, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()) ||
        ::ftruncate(lock, static_cast<off_t>(pid.size())) != 0)
        return error_from_errno(errno, "cannot write " + path);
    return {};
}

bool says(const std::string& path, const std::string& text) {
    constexpr std::size_t kMostBytes = 64;
    const Result<std::string> found = read_file(path, kMostBytes);
    return found && *found == text;
}

}  // namespace

Result<RunDir> RunDir::take(const std::string& path, Log& log) {
    TRY(make_directory(path));
    const std::string pid_file = path + "/supervisor.pid";
    UniqueFd lock = TRY(lock_file(pid_file, path));
    struct stat status {};
    const bool was_used = ::fstat(lock.get(), &status) == 0 && status.st_size > 0;
    TRY(write_own_pid(lock.get(), pid_file));
    if (was_used) remove_left_behind(path);
    return RunDir(path, std::move(lock), log);
}

RunDir RunDir::take_over(const std::string& path, UniqueFd lock, Log& log) {
    RunDir taken(path, std::move(lock), log);
    (void)taken.has_socket(contracts::control_socket_path(path));
    return taken;
}

RunDir::~RunDir() {
    if (!lock_) return;
    const std::string control = contracts::control_socket_path(path_);
    if (sockets_.contains(control) && has_socket(control)) ::unlink(control.c_str());
    if (holds_pid_file()) ::unlink(pid_path("supervisor").c_str());
}

bool RunDir::holds_pid_file() const {
    struct stat ours {};
    struct stat named {};
    return ::fstat(lock_.get(), &ours) == 0 &&
           ::lstat(pid_path("supervisor").c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
}

Result<void> RunDir::take_again() {
    TRY(make_directory(path_));
    const std::string pid_file = pid_path("supervisor");
    const UniqueFd lock = TRY(lock_file(pid_file, path_));
    // The number stays: an upgrade passes it on.
    if (::dup3(lock.get(), lock_.get(), O_CLOEXEC) < 0)
        return error_from_errno(errno, "cannot keep the lock on " + pid_file);
    return write_own_pid(lock_.get(), pid_file);
}

bool RunDir::restore() {
    const std::string pid_file = pid_path("supervisor");
    if (!holds_pid_file()) {
        const Result<void> taken = take_again();
        if (!taken) {
            log_.error("the run directory is lost", {{"reason", taken.error().message}});
            return false;
        }
        log_.warn("the run directory was not as we left it, made again", {{"path", path_}});
    } else if (!says(pid_file, std::to_string(::getpid()) + "\n")) {
        if (const auto written = write_own_pid(lock_.get(), pid_file); !written)
            log_.warn("no pid file", {{"reason", written.error().message}});
    }
    return true;
}

UniqueFd RunDir::restore_control() {
    if (has_socket(contracts::control_socket_path(path_))) return {};
    Result<UniqueFd> control = listen_for_control();
    if (control) {
        log_.warn("the control socket was gone, made again");
        return std::move(control).value();
    }
    log_.error("no control socket", {{"reason", control.error().message}});
    return {};
}

std::string RunDir::socket_path(std::string_view slug) const {
    return path_ + "/" + std::string(slug) + ".sock";
}

std::string RunDir::pid_path(std::string_view name) const {
    return path_ + "/" + std::string(name) + ".pid";
}

Result<UniqueFd> RunDir::listen_at(const std::string& path) {
    UniqueFd socket = TRY(listen_unix(path, kSocketMode, kSocketBacklog));
    sockets_.erase(path);
    (void)has_socket(path);
    return socket;
}

bool RunDir::has_socket(const std::string& path) {
    struct stat named {};
    if (::lstat(path.c_str(), &named) != 0 || !S_ISSOCK(named.st_mode)) return false;
    const Place place{named.st_dev, named.st_ino};
    return sockets_.emplace(path, place).first->second == place;
}

Result<UniqueFd> RunDir::listen_for(std::string_view slug, const RunAs& front) {
    const std::string path = socket_path(slug);
    UniqueFd socket = TRY(listen_at(path));
    if (front.uid && ::lchown(path.c_str(), *front.uid, front.gid.value_or(0)) != 0)
        return error_from_errno(errno, "cannot give " + path + " to the front");
    return socket;
}

Result<UniqueFd> RunDir::listen_for_control() {
    return listen_at(contracts::control_socket_path(path_));
}

void RunDir::remove_tenant_socket(std::string_view slug) {
    const std::string path = socket_path(slug);
    if (sockets_.contains(path) && has_socket(path)) ::unlink(path.c_str());
    sockets_.erase(path);
}

void RunDir::write_pid(std::string_view name, int pid) const {
    const std::string text = std::to_string(pid) + "\n";
    if (!holds_pid_file() || says(pid_path(name), text)) return;
    const Result<void> written = put(pid_path(name), text);
    if (!written) log_.warn("no pid file", {{"reason", written.error().message}});
}

void RunDir::remove_pid(std::string_view name) const {
    if (holds_pid_file()) ::unlink(pid_path(name).c_str());
}

}  // namespace posta::supervisor
