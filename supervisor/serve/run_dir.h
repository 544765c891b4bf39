#pragma once
// The run directory: whose it is, and the sockets and pid files in it (files.md).
//
// One supervisor owns it, by a lock on supervisor.pid that the kernel drops with the process, so
// that a pid file left by a crash is no obstacle.

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
    // `conflict`: another supervisor runs here.
    static Result<RunDir> take(const std::string& path, Log& log);
    // From the image before this one, with its lock; the pid is the same.
    static RunDir take_over(const std::string& path, UniqueFd lock, Log& log) {
        return {path, std::move(lock), log};
    }
    int lock() const { return lock_.get(); }
    RunDir(RunDir&&) = default;
    RunDir& operator=(RunDir&&) = delete;
    // Removes supervisor.pid.
    ~RunDir();

    const std::string& path() const { return path_; }
    std::string socket_path(std::string_view slug) const;

    // A listening socket that nobody but the front (and root) can connect to.
    Result<UniqueFd> listen_for(std::string_view slug, const RunAs& front) const;
    // For root and the caller.
    Result<UniqueFd> listen_for_control() const;
    void remove_tenant_socket(std::string_view slug) const;

    // What fails here is logged: a missing pid file stops nobody.
    void write_pid(std::string_view name, int pid) const;
    void remove_pid(std::string_view name) const;

private:
    RunDir(std::string path, UniqueFd lock, Log& log)
        : path_(std::move(path)), lock_(std::move(lock)), log_(log) {}
    std::string pid_path(std::string_view name) const;

    std::string path_;
    UniqueFd lock_;
    Log& log_;
};

}  // namespace posta::supervisor
