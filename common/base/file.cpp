#include "common/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

#include "common/base/unique_fd.h"

namespace posta {

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
    // O_NONBLOCK: opening a FIFO that somebody put in our way must not hang.
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) return error_from_errno(errno, "cannot open " + path);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return error_from_errno(errno, "cannot look at " + path);
    if (!S_ISREG(status.st_mode)) return Error{ErrorCode::invalid, path + " is not a regular file"};
    const Error too_large{ErrorCode::invalid,
                          path + " is larger than " + std::to_string(max_bytes) + " bytes"};
    if (static_cast<std::size_t>(status.st_size) > max_bytes) return too_large;

    std::string bytes(static_cast<std::size_t>(status.st_size) + 1, '\0');
    std::size_t filled = 0;
    while (true) {
        if (filled == bytes.size()) bytes.resize(bytes.size() * 2);  // it grew while being read
        const ssize_t count = ::read(fd.get(), bytes.data() + filled, bytes.size() - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return error_from_errno(errno, "cannot read " + path);
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
        if (filled > max_bytes) return too_large;
    }
    bytes.resize(filled);
    return bytes;
}

namespace {

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_in(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

Result<void> fill(int fd, std::string_view bytes, mode_t mode, std::optional<FileOwner> owner,
                  const std::string& path) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return error_from_errno(errno, "cannot write " + path);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    if (owner && ::fchown(fd, owner->uid, owner->gid) != 0)
        return error_from_errno(errno, "cannot give " + path + " to its owner");
    if (::fchmod(fd, mode) != 0) return error_from_errno(errno, "cannot set the mode of " + path);
    if (::fsync(fd) != 0) return error_from_errno(errno, "cannot sync " + path);
    return {};
}

}  // namespace

Result<void> sync_directory(const std::string& directory) {
    const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return error_from_errno(errno, "cannot open " + directory);
    if (::fsync(fd.get()) != 0) return error_from_errno(errno, "cannot sync " + directory);
    return {};
}

Result<void> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode,
                                   std::optional<FileOwner> owner) {
    const std::string directory = directory_of(path);
    std::string temporary = directory + "/." + name_in(path) + ".tmp-XXXXXX";
    const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd) return error_from_errno(errno, "cannot create a file in " + directory);
    Result<void> filled = fill(fd.get(), bytes, mode, owner, path);
    if (filled && ::rename(temporary.c_str(), path.c_str()) != 0)
        filled = error_from_errno(errno, "cannot replace " + path);
    if (!filled) {
        ::unlink(temporary.c_str());
        return filled;
    }
    return sync_directory(directory);
}

}  // namespace posta
