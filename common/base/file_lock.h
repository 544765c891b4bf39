#pragma once
// An advisory lock that lasts as long as its owner (flock), so that two commands that read, change
// and write cannot lose each other's change. A killed owner leaves nothing to clean up.

#include <chrono>
#include <string>

#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace posta {

class FileLock {
public:
    static constexpr std::chrono::seconds kPatience{30};

    // On a file of its own, made when absent and never removed: removing it would let two commands
    // lock two files of one name. After `kPatience` of waiting: `unavailable`.
    static Result<FileLock> on_file(const std::string& path);
    // On a directory, which needs no extra file.
    static Result<FileLock> on_directory(const std::string& path);

private:
    explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
    static Result<FileLock> wait_for(UniqueFd fd, const std::string& path);

    UniqueFd fd_;
};

}  // namespace posta
