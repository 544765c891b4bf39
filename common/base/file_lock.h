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
    using Duration = std::chrono::milliseconds;
    static constexpr Duration kPatience{30'000};

    // On a file of its own, made when absent and never removed: removing it would let two commands
    // lock two files of one name. After `patience` of waiting: `unavailable`.
    static Result<FileLock> on_file(const std::string& path, Duration patience = kPatience);
    // On a directory, which needs no extra file. Two of them in one process exclude each other too:
    // whoever holds one and asks for it again waits in vain.
    static Result<FileLock> on_directory(const std::string& path, Duration patience = kPatience);

private:
    explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
    static Result<FileLock> wait_for(UniqueFd fd, const std::string& path, Duration patience);

    UniqueFd fd_;
};

}  // namespace posta
