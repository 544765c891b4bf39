#include "worker/admin/identity_adopt_staging.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "worker/store/backup.h"

namespace posta::worker {
namespace {

constexpr const char* kTemporaryPrefix = "posta-adopt-";

Result<void> make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0) return {};
    return error_from_errno(errno, "cannot make " + path);
}

Result<std::string> temporary_folder() {
    std::error_code failed;
    const std::filesystem::path folder = std::filesystem::temp_directory_path(failed);
    if (failed) return error_from_errno(failed.value(), "cannot find the temporary directory");
    return folder.string();
}

Result<std::vector<std::string>> names_in(const std::string& path) {
    std::error_code failed;
    std::filesystem::directory_iterator entries(path, failed);
    if (failed) return error_from_errno(failed.value(), "cannot read " + path);
    std::vector<std::string> names;
    for (const auto& entry : entries) names.push_back(entry.path().filename());
    return names;
}

Result<void> remove_all(const std::string& path) {
    std::error_code failed;
    std::filesystem::remove_all(path, failed);
    if (failed) return error_from_errno(failed.value(), "cannot remove " + path);
    return {};
}

// `path` lies in our own staging directory: nobody else can put a link there.
Result<void> give(const std::string& path, mode_t mode, FileOwner owner) {
    if (::lchown(path.c_str(), owner.uid, owner.gid) != 0)
        return error_from_errno(errno, "cannot give " + path + " to its owner");
    if (::chmod(path.c_str(), mode) != 0)
        return error_from_errno(errno, "cannot set the mode of " + path);
    return {};
}

}  // namespace

Result<Staging> Staging::begin(const std::string& path) {
    const Result<void> made = make_directory(path);
    if (!made && made.error().code != ErrorCode::conflict) return made.error();
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return error_from_errno(errno, "cannot open " + path);
    if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077) != 0)
        return Error{ErrorCode::conflict, path +
                                              " is not a private directory of this user (look "
                                              "what it is and remove it)"};
    return enter(path);
}

Result<Staging> Staging::begin_temporary() {
    std::string path = TRY(temporary_folder()) + "/" + kTemporaryPrefix + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return error_from_errno(errno, "cannot make " + path);
    return enter(path);
}

// Between its making and its locking, one of another run may be taken for left over; then enter()
// fails there, which is said.
void Staging::remove_left_over() {
    const Result<std::string> folder = temporary_folder();
    if (!folder) return;
    const Result<std::vector<std::string>> names = names_in(*folder);
    if (!names) return;
    for (const std::string& name : *names) {
        if (!name.starts_with(kTemporaryPrefix)) continue;
        const std::string path = *folder + "/" + name;
        const UniqueFd lock(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        struct stat status {};
        if (!lock || ::fstat(lock.get(), &status) != 0 || status.st_uid != ::geteuid()) continue;
        if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) continue;
        const Result<void> ignored = remove_all(path);  // the next run tries again
        static_cast<void>(ignored);
    }
}

Result<Staging> Staging::enter(const std::string& path) {
    UniqueFd lock(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!lock) return error_from_errno(errno, "cannot open " + path);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        return Error{ErrorCode::conflict, "another adopt of this identity is running"};
    const std::vector<std::string> left = TRY(names_in(path));
    for (const std::string& name : left) TRY(remove_all(path + "/" + name));
    Staging staging(path, std::move(lock));
    TRY(make_directory(staging.source()));
    TRY(make_directory(staging.tenant()));
    return staging;
}

Staging::~Staging() {
    if (!lock_) return;  // moved from
    // What stays is thrown away by the next run.
    const Result<void> ignored = remove_all(path_);
    static_cast<void>(ignored);
}

Result<void> Staging::place(const std::string& directory, FileOwner owner) {
    const std::vector<std::string> names = TRY(names_in(tenant()));
    for (const std::string& name : names) {
        const std::string path = tenant() + "/" + name;
        TRY(give(path, 0600, owner));
        TRY(store::sync_file(path));
    }
    TRY(give(tenant(), 0700, owner));
    TRY(sync_directory(tenant()));
    if (::rename(tenant().c_str(), directory.c_str()) != 0)
        return error_from_errno(errno, "cannot put the new directory at " + directory);
    return sync_directory(std::filesystem::path(directory).parent_path());
}

Result<Existing> look_at_directory(const std::string& directory) {
    struct stat status {};
    if (::lstat(directory.c_str(), &status) != 0) {
        if (errno == ENOENT) return Existing::absent;
        return error_from_errno(errno, "cannot look at " + directory);
    }
    if (!S_ISDIR(status.st_mode))
        return Error{ErrorCode::conflict, directory + " is there and is no directory"};
    const std::vector<std::string> names = TRY(names_in(directory));
    return names.empty() ? Existing::empty : Existing::filled;
}

}  // namespace posta::worker
