#pragma once
// What tenants have in the file system: sockets, pid files, data directories and who owns them.
//
// An interface for the same reason as lifecycle/machinery.h: what a tenant decides must also run
// where there are no files.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "supervisor/tenants/owner.h"

namespace posta::supervisor {

class Premises {
public:
    virtual std::string socket_path(std::string_view slug) const = 0;
    // A listening socket that nobody but the front (and root) can connect to.
    virtual Result<UniqueFd> listen_for(std::string_view slug) = 0;
    // Its path still leads to the socket that was made last.
    virtual bool has_socket(std::string_view slug) = 0;
    virtual void remove_socket(std::string_view slug) = 0;
    // Where sockets and pid files are.
    virtual std::string directory() const = 0;
    // What is there and belongs to no tenant, made again when it is gone. False: it cannot be, or
    // the directory is another's by now, and nothing in it is ours to touch.
    virtual bool restore_directory() = 0;
    // Written only when the file says something else. What fails here is logged: a missing pid file
    // stops nobody.
    virtual void write_pid(std::string_view name, int pid) = 0;
    virtual void remove_pid(std::string_view name) = 0;

    // Whose directory it is; the errors are those of owner_of_data().
    virtual Result<RunAs> owner_of(const std::string& data_dir) const = 0;
    // Differs when one of the files was changed, made or removed; says nothing of what is in them.
    virtual std::string fingerprint(const std::vector<std::string>& paths) const = 0;

protected:
    ~Premises() = default;
};

}  // namespace posta::supervisor
