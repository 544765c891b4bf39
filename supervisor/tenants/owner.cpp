#include "supervisor/tenants/owner.h"

#include <pwd.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>

namespace posta::supervisor {

Result<RunAs> owner_of_data(const std::string& directory, uid_t caller) {
    struct stat status {};
    if (::lstat(directory.c_str(), &status) != 0) {
        const int reason = errno;
        Error error = error_from_errno(reason, "data directory " + directory);
        if (reason == ENOENT)
            error.message += " (make it with posta-server identity add, or restore it)";
        return error;
    }
    if (!S_ISDIR(status.st_mode))
        return Error{ErrorCode::invalid, directory + " is not a directory"};
    return run_as(directory, status.st_uid, status.st_gid, caller);
}

Result<RunAs> run_as(const std::string& directory, uid_t owner, gid_t group, uid_t caller) {
    if (caller != 0) {
        if (owner == caller) return RunAs{};
        return Error{ErrorCode::denied, directory + " belongs to uid " + std::to_string(owner) +
                                            ", and this server runs as uid " +
                                            std::to_string(caller) +
                                            " (run it as root, or chown the directory)"};
    }
    if (owner == 0 || group == 0)
        return Error{ErrorCode::denied,
                     directory +
                         " belongs to root, and a worker never runs as root (give it a "
                         "uid and gid of its own, of uid_range: chown -R UID:GID " +
                         directory + ")"};
    return RunAs{owner, group};
}

Result<RunAs> front_user(const manifest::Server& server, uid_t caller) {
    if (caller != 0) return RunAs{};
    if (server.front_user.empty())
        return RunAs{uid_t{server.uid_range.first}, gid_t{server.uid_range.first}};
    uid_t uid = 0;
    gid_t gid = 0;
    const std::string& name = server.front_user;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), uid);
    if (error == std::errc() && end == name.data() + name.size()) {
        gid = uid;
    } else if (const passwd* entry = ::getpwnam(name.c_str()); entry != nullptr) {
        uid = entry->pw_uid;
        gid = entry->pw_gid;
    } else {
        return Error{ErrorCode::not_found, "front_user \"" + name + "\" is no user of this system"};
    }
    if (uid == 0 || gid == 0)
        return Error{ErrorCode::denied, "front_user \"" + name +
                                            "\" is root or in its group; the front talks to "
                                            "strangers and must not be"};
    return RunAs{uid, gid};
}

}  // namespace posta::supervisor
