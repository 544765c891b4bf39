#pragma once
// The run directory: whose it is, and the sockets and pid files in it (files.md).
//
// One supervisor owns it, by a lock on supervisor.pid that the kernel drops with the process, so
// that a pid file left by a crash is no obstacle.
//
// What somebody else removes or replaces in it is noticed and made again, since the server could
// not be asked for anything otherwise; what another supervisor has put there is left alone.

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>

#include "common/base/log.h"
#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "supervisor/tenants/owner.h"

namespace posta::supervisor {

class RunDir {
public:
    // Makes the directory (0755) where it is missing, takes the lock, writes supervisor.pid.
    // `conflict`: another supervisor runs here. `denied`: the directory is somebody else's, who
    // could put a socket of his own in the place of any of ours.
    static Result<RunDir> take(const std::string& path, Log& log);
    // From the image before this one, with its lock; the pid is the same.
    static RunDir take_over(const std::string& path, UniqueFd lock, Log& log);
    int lock() const { return lock_.get(); }
    RunDir(RunDir&&) = default;
    RunDir& operator=(RunDir&&) = delete;
    // Removes supervisor.pid and the control socket, where they are still ours.
    ~RunDir();

    const std::string& path() const { return path_; }
    std::string socket_path(std::string_view slug) const;

    // A listening socket that nobody but the front (and root) can connect to.
    Result<UniqueFd> listen_for(std::string_view slug, const RunAs& front);
    // For root and the caller.
    Result<UniqueFd> listen_for_control();
    // Its path leads to the socket that was made last; one that was there before us (an upgrade)
    // counts as ours.
    bool has_tenant_socket(std::string_view slug) { return has_socket(socket_path(slug)); }
    void remove_tenant_socket(std::string_view slug);

    // Makes the directory and supervisor.pid again where they are gone. What fails is logged, and
    // the next call tries again. False: nothing in the directory is ours to touch.
    bool restore();
    // A new control socket if the last one is gone.
    UniqueFd restore_control();

    // Not in a directory that has become another's. What fails here is logged: a missing pid file
    // stops nobody.
    void write_pid(std::string_view name, int pid) const;
    void remove_pid(std::string_view name) const;

private:
    RunDir(std::string path, UniqueFd lock, Log& log)
        : path_(std::move(path)), lock_(std::move(lock)), log_(log) {}
    std::string pid_path(std::string_view name) const;
    Result<UniqueFd> listen_at(const std::string& path);
    bool has_socket(const std::string& path);
    bool holds_pid_file() const;
    Result<void> take_again();

    struct Place {
        dev_t device;
        ino_t inode;
        bool operator==(const Place&) const = default;
    };
    std::map<std::string, Place> sockets_;  // by path
    std::string path_;
    UniqueFd lock_;
    Log& log_;
};

}  // namespace posta::supervisor
