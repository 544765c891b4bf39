#include "worker/admin/tenant_owner.h"

#include <dirent.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace posta::worker {
namespace {

struct DirectoryCloser {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

// The owners of all directories in `data_dir`; none when it does not exist yet.
Result<std::vector<std::uint32_t>> owners_in(const std::string& data_dir) {
    const std::unique_ptr<DIR, DirectoryCloser> directory(::opendir(data_dir.c_str()));
    std::vector<std::uint32_t> owners;
    if (!directory && errno == ENOENT) return owners;
    if (!directory) return error_from_errno(errno, "cannot open " + data_dir);
    errno = 0;
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string name = entry->d_name;
        struct stat status {};
        if (name != "." && name != ".." && ::lstat((data_dir + "/" + name).c_str(), &status) == 0 &&
            S_ISDIR(status.st_mode))
            owners.push_back(status.st_uid);
        errno = 0;
    }
    if (errno != 0) return error_from_errno(errno, "cannot read " + data_dir);
    return owners;
}

Result<FileOwner> named_user(const std::string& name, const std::vector<std::uint32_t>& taken) {
    // The process has one thread: the static buffer of getpwnam is nobody else's.
    errno = 0;
    const passwd* user = ::getpwnam(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (user == nullptr)
        return Error{ErrorCode::not_found, "user \"" + name +
                                               "\" does not exist (make it, or leave out --user "
                                               "to get a uid of the range)"};
    if (user->pw_uid == 0)
        return Error{ErrorCode::conflict,
                     "user \"" + name +
                         "\" is root; a worker never runs as root (name another, or leave "
                         "out --user to get a uid of the range)"};
    if (::geteuid() != 0 && user->pw_uid != ::geteuid())
        return Error{ErrorCode::denied, "only root can give files to user \"" + name + "\""};
    if (::geteuid() == 0 && std::find(taken.begin(), taken.end(), user->pw_uid) != taken.end())
        return Error{ErrorCode::conflict, "user \"" + name +
                                              "\" owns another identity already (each needs a "
                                              "user of its own)"};
    return FileOwner{user->pw_uid, user->pw_gid};
}

}  // namespace

std::optional<std::uint32_t> next_free_uid(UidRange range,
                                           const std::vector<std::uint32_t>& taken) {
    const std::uint64_t first = std::uint64_t{range.first} + 1;  // the range's first is the front's
    const std::uint64_t last = range.second;
    std::uint64_t above = first;
    for (const std::uint32_t uid : taken) {
        if (uid >= first && uid <= last) above = std::max(above, std::uint64_t{uid} + 1);
    }
    if (above <= last) return static_cast<std::uint32_t>(above);
    for (std::uint64_t uid = first; uid <= last; ++uid) {
        if (std::find(taken.begin(), taken.end(), uid) == taken.end())
            return static_cast<std::uint32_t>(uid);
    }
    return std::nullopt;
}

Result<FileOwner> choose_tenant_owner(const std::string& data_dir, UidRange range,
                                      const std::string& user_name) {
    const std::vector<std::uint32_t> taken = TRY(owners_in(data_dir));
    if (!user_name.empty()) return named_user(user_name, taken);
    if (::geteuid() != 0) return FileOwner{::geteuid(), ::getegid()};
    const std::optional<std::uint32_t> uid = next_free_uid(range, taken);
    if (uid) return FileOwner{*uid, *uid};
    return Error{ErrorCode::conflict, "every uid from " + std::to_string(range.first) + " to " +
                                          std::to_string(range.second) +
                                          " is taken (widen uid_range in [server])"};
}

}  // namespace posta::worker
