#include "worker/admin/delete_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "common/base/unique_fd.h"

namespace posta::worker {
namespace {

constexpr int kDeepest = 64;

struct Closer {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, Closer>;

Result<Directory> open_at(int parent, const std::string& name, const std::string& shown) {
    UniqueFd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return error_from_errno(errno, "cannot open " + shown);
    Directory directory(::fdopendir(fd.get()));
    if (!directory) return error_from_errno(errno, "cannot read " + shown);
    (void)fd.release();  // the DIR owns it
    return directory;
}

// The names first, the visit after: deleting while reading may skip entries.
std::vector<std::string> names_in(DIR* directory) {
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(directory)) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    return names;
}

class Walk {
public:
    Walk(dev_t device, bool deletes) : device_(device), deletes_(deletes) {}

    Result<void> visit(DIR* directory, const std::string& prefix, int depth) {
        if (depth > kDeepest)
            return Error{ErrorCode::invalid, prefix + " is nested too deep (delete it by hand)"};
        for (const std::string& name : names_in(directory))
            TRY(visit_entry(::dirfd(directory), name, prefix + name, depth));
        return {};
    }

    std::vector<TreeEntry> entries;

private:
    Result<void> visit_entry(int parent, const std::string& name, const std::string& path,
                             int depth) {
        struct stat status {};
        if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            return error_from_errno(errno, "cannot look at " + path);
        const bool is_directory = S_ISDIR(status.st_mode);
        if (is_directory) {
            if (status.st_dev != device_)
                return Error{ErrorCode::conflict, path + " is a mount point (unmount it first)"};
            const Directory below = TRY(open_at(parent, name, path));
            TRY(visit(below.get(), path + "/", depth + 1));
        }
        if (deletes_ && ::unlinkat(parent, name.c_str(), is_directory ? AT_REMOVEDIR : 0) != 0)
            return error_from_errno(errno, "cannot delete " + path);
        entries.push_back({path, is_directory, static_cast<std::uint64_t>(status.st_size)});
        return {};
    }

    dev_t device_;
    bool deletes_;
};

Result<std::vector<TreeEntry>> walk(const std::string& directory, bool deletes) {
    const Directory root = TRY(open_at(AT_FDCWD, directory, directory));
    struct stat status {};
    if (::fstat(::dirfd(root.get()), &status) != 0)
        return error_from_errno(errno, "cannot look at " + directory);
    Walk visitor(status.st_dev, deletes);
    TRY(visitor.visit(root.get(), "", 0));
    return std::move(visitor.entries);
}

}  // namespace

Result<std::vector<TreeEntry>> list_tree(const std::string& directory) {
    return walk(directory, false);
}

Result<void> empty_directory(const std::string& directory) {
    TRY(walk(directory, true));
    return {};
}

}  // namespace posta::worker
