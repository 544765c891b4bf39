#include "supervisor/logs/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace posta::supervisor {

namespace {

Result<UniqueFd> open_to_append(const std::string& path) {
    if (path.empty()) return UniqueFd();
    constexpr mode_t kMode = 0640;
    // Not blocking: a named pipe without a reader is an error, not a standstill.
    UniqueFd opened(
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, kMode));
    if (opened) return opened;
    Error error = error_from_errno(errno, "cannot open the log file " + path);
    error.message += " (allowed is a file in a directory that exists, or a pipe that is read)";
    return error;
}

}  // namespace

Result<LogFile> LogFile::open(std::string path) {
    UniqueFd file = TRY(open_to_append(path));
    return LogFile(std::move(path), std::move(file));
}

Result<void> LogFile::reopen() {
    const UniqueFd opened = TRY(open_to_append(path_));
    if (opened && ::dup3(opened.get(), file_.get(), O_CLOEXEC) < 0)
        return error_from_errno(errno, "cannot put the new log file in place of the old one");
    return {};
}

}  // namespace posta::supervisor
