#include "worker/admin/identity_adopt_source.h"

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "common/base/encoding.h"
#include "common/base/unique_fd.h"

namespace posta::worker {
namespace {

constexpr std::size_t kChunkBytes = 1 << 20;
// Where SQLite's locks lie: of the database file (PENDING_BYTE and the 511 after it), and in the
// -shm of WAL mode (WALINDEX_LOCK_OFFSET, 8 locks and the one for "in use").
constexpr off_t kDatabaseLocks = 0x40000000;
constexpr off_t kDatabaseLockBytes = 512;
constexpr off_t kShmLocks = 120;
constexpr off_t kShmLockBytes = 9;

class Sha256 {
public:
    Sha256() { crypto_hash_sha256_init(&state_); }
    void add(std::string_view bytes) {
        crypto_hash_sha256_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()),
                                  bytes.size());
    }
    std::string hex() {
        std::string hash(crypto_hash_sha256_BYTES, '\0');
        crypto_hash_sha256_final(&state_, reinterpret_cast<unsigned char*>(hash.data()));
        return hex_encode(hash);
    }

private:
    crypto_hash_sha256_state state_;
};

Result<UniqueFd> open_source(const std::string& path) {
    // NOATIME is for the owner and root alone; a time of access is no change either way.
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOATIME));
    if (!fd && errno == EPERM)
        fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd) return error_from_errno(errno, "cannot open " + path);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return error_from_errno(errno, "cannot look at " + path);
    if (!S_ISREG(status.st_mode)) return Error{ErrorCode::invalid, path + " is not a regular file"};
    return fd;
}

Result<UniqueFd> create_private(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) return error_from_errno(errno, "cannot create " + path);
    return fd;
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return error_from_errno(errno, "cannot write " + path);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

// Reads `path` to its end; writes it to `copy_fd` too unless that is -1.
Result<AdoptReport::File> read_through(const std::string& path, int copy_fd,
                                       const AdoptProgress& progress, std::string_view step) {
    const UniqueFd fd = TRY(open_source(path));
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return error_from_errno(errno, "cannot look at " + path);
    std::string chunk(kChunkBytes, '\0');
    Sha256 hash;
    AdoptReport::File file;
    while (true) {
        const ssize_t count = ::read(fd.get(), chunk.data(), chunk.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return error_from_errno(errno, "cannot read " + path);
        if (count == 0) break;
        const std::string_view bytes(chunk.data(), static_cast<std::size_t>(count));
        hash.add(bytes);
        if (copy_fd >= 0) TRY(write_all(copy_fd, bytes, "the copy of " + path));
        file.bytes += bytes.size();
        if (status.st_size > 0)
            progress(step, static_cast<int>(file.bytes * 100 /
                                            static_cast<std::uint64_t>(status.st_size)));
    }
    sodium_memzero(chunk.data(), chunk.size());  // it may have been keys.json
    file.sha256 = hash.hex();
    return file;
}

Result<void> check_range(const std::string& path, off_t start, off_t length) {
    Result<UniqueFd> fd = open_source(path);
    if (!fd && fd.error().code == ErrorCode::not_found) return {};
    if (!fd) return std::move(fd).error();
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = start;
    lock.l_len = length;
    if (::fcntl(fd->get(), F_GETLK, &lock) != 0)
        return error_from_errno(errno, "cannot look at the locks of " + path);
    if (lock.l_type == F_UNLCK) return {};
    return Error{ErrorCode::conflict, path + " is open in process " + std::to_string(lock.l_pid) +
                                          " (stop the daemon that serves it, then run this again)"};
}

struct DirectoryCloser {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace

bool is_public_file_name(std::string_view name) {
    if (!name.starts_with("avatar-") && !name.starts_with("upload-")) return false;
    const std::string_view rest = name.substr(7);
    if (rest.size() < 66 || rest[64] != '.') return false;
    const auto is_hex = [](char letter) {
        return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
    };
    const auto is_letter = [](char letter) { return letter >= 'a' && letter <= 'z'; };
    return std::all_of(rest.begin(), rest.begin() + 64, is_hex) &&
           std::all_of(rest.begin() + 65, rest.end(), is_letter);
}

Result<std::vector<std::string>> list_source(const std::string& source) {
    const std::unique_ptr<DIR, DirectoryCloser> directory(::opendir(source.c_str()));
    if (!directory) return error_from_errno(errno, "cannot open " + source);
    std::string missing;
    for (const char* name : {"keys.json", "inbox.db"}) {
        if (!is_there(source + "/" + name))
            missing += (missing.empty() ? "" : " and ") + std::string(name);
    }
    if (!missing.empty())
        return Error{ErrorCode::not_found,
                     source + " has no " + missing +
                         " (--from names the directory of a single-tenant daemon)"};
    std::vector<std::string> names{"keys.json", "inbox.db"};
    for (const char* name : {"inbox.db-wal", "inbox.db-journal"}) {
        if (is_there(source + "/" + name)) names.emplace_back(name);
    }
    while (const dirent* entry = ::readdir(directory.get())) {
        if (is_public_file_name(entry->d_name)) names.emplace_back(entry->d_name);
    }
    std::sort(names.begin() + 2, names.end());
    return names;
}

Result<void> check_nobody_has_it_open(const std::string& source) {
    TRY(check_range(source + "/inbox.db", kDatabaseLocks, kDatabaseLockBytes));
    return check_range(source + "/inbox.db-shm", kShmLocks, kShmLockBytes);
}

Result<std::vector<AdoptReport::File>> copy_source(const std::string& source,
                                                   const std::vector<std::string>& names,
                                                   const std::string& destination, Copies copies,
                                                   const AdoptProgress& progress) {
    std::vector<AdoptReport::File> files;
    for (const std::string& name : names) {
        UniqueFd copy;
        if (copies == Copies::everything || name.starts_with("inbox.db"))
            copy = TRY(create_private(destination + "/" + name));
        AdoptReport::File file =
            TRY(read_through(source + "/" + name, copy.get(), progress, "copying " + name));
        file.name = name;
        files.push_back(std::move(file));
    }
    const std::vector<std::string> names_now = TRY(list_source(source));
    const Error changed{ErrorCode::conflict,
                        "changed while it was copied (is the old daemon still running? stop it, "
                        "then run this again)"};
    if (names_now != names) return Error(changed).within(source);
    for (const AdoptReport::File& file : files) {
        const std::string path = source + "/" + file.name;
        const AdoptReport::File again =
            TRY(read_through(path, -1, progress, "checking " + file.name));
        if (again.sha256 != file.sha256) return Error(changed).within(path);
    }
    return files;
}

Result<std::string> sha256_of_file(const std::string& path) {
    const AdoptReport::File file = TRY(read_through(
        path, -1, [](std::string_view, int) {}, ""));
    return file.sha256;
}

}  // namespace posta::worker
