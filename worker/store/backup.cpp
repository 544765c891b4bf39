#include "worker/store/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/file.h"
#include "common/base/unique_fd.h"

namespace posta::store {
namespace {

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

void remove_database(const std::string& path) {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"})
        ::unlink((path + suffix).c_str());  // absent ones are fine
}

Result<void> give_owner_of(const std::string& original, const std::string& path) {
    struct stat wanted {};
    struct stat found {};
    if (::stat(original.c_str(), &wanted) != 0)
        return error_from_errno(errno, "cannot look at " + original);
    if (::stat(path.c_str(), &found) != 0) return error_from_errno(errno, "cannot look at " + path);
    if (found.st_uid == wanted.st_uid && found.st_gid == wanted.st_gid) return {};
    if (::lchown(path.c_str(), wanted.st_uid, wanted.st_gid) != 0)
        return error_from_errno(errno, "cannot give " + path + " to its owner");
    return {};
}

Result<void> make_checked_copy(Database& database, const std::string& temporary,
                               const OnProgress& on_progress) {
    const auto tell = [](void* context, int, int) { (*static_cast<const OnProgress*>(context))(); };
    TRY(copy_to_file(database, temporary, tell, const_cast<OnProgress*>(&on_progress)));
    {
        Database copy = TRY(Database::open(temporary, Database::Mode::read_only));
        const Progress told(copy, on_progress);
        TRY(copy.quick_check());
    }
    TRY(give_owner_of(database.path(), temporary));
    return sync_file(temporary);
}

}  // namespace

Result<void> copy_to_file(Database& database, const std::string& path, Database::Progress progress,
                          void* context) {
    remove_database(path);
    Database copy = TRY(Database::open(path, Database::Mode::create));
    TRY(database.copy_into(copy, progress, context));
    // A file in WAL mode would need a -wal beside it to be opened.
    return copy.execute("PRAGMA journal_mode = DELETE");
}

Result<void> back_up_beside(Database& database, const std::string& path,
                            const OnProgress& on_progress) {
    if (::access(path.c_str(), F_OK) == 0) return {};
    const std::string temporary = path + ".tmp";
    Result<void> made = make_checked_copy(database, temporary, on_progress);
    // link() instead of rename(): it never replaces what is there.
    if (made && ::link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST)
        made = error_from_errno(errno, "cannot name the backup " + path);
    remove_database(temporary);
    if (!made) return std::move(made).within("backup before the migration");
    return sync_directory(directory_of(path));
}

Result<void> sync_file(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return error_from_errno(errno, "cannot open " + path);
    if (::fsync(fd.get()) != 0) return error_from_errno(errno, "cannot sync " + path);
    return {};
}

}  // namespace posta::store
