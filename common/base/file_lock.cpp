#include "common/base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <thread>

namespace posta {
namespace {

std::string in_words(FileLock::Duration time) {
    const auto count = time.count();
    return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

}  // namespace

Result<FileLock> FileLock::on_file(const std::string& path, Duration patience) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600));
    if (!fd) return error_from_errno(errno, "cannot open the lock " + path);
    return wait_for(std::move(fd), path, patience);
}

Result<FileLock> FileLock::on_directory(const std::string& path, Duration patience) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return error_from_errno(errno, "cannot open " + path);
    return wait_for(std::move(fd), path, patience);
}

Result<FileLock> FileLock::wait_for(UniqueFd fd, const std::string& path, Duration patience) {
    // flock() has no time limit of its own.
    constexpr std::chrono::milliseconds kBetweenTries{10};
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_from_errno(errno, "cannot lock " + path);
        if (std::chrono::steady_clock::now() >= deadline)
            return Error{ErrorCode::unavailable,
                         "cannot lock " + path + ": another process has held it for " +
                             in_words(patience) +
                             " (a posta-server command or worker that is at work there; fuser " +
                             path + " names it; wait for its end or end it, then try again)"};
        std::this_thread::sleep_for(kBetweenTries);
    }
    return FileLock(std::move(fd));
}

}  // namespace posta
