#include "worker/admin/become_owner.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "common/base/unique_fd.h"

namespace posta::worker {
namespace {

// What the child sends: one byte for the outcome (an ErrorCode, or kGood), then the text.
constexpr char kGood = 'G';
constexpr char kFirstError = 'a';

char outcome_byte(const Result<std::string>& outcome) {
    if (outcome) return kGood;
    return static_cast<char>(kFirstError + static_cast<int>(outcome.error().code));
}

Result<std::string> from_message(const std::string& message) {
    if (message.empty())
        return Error{ErrorCode::internal, "the process that worked as the owner died"};
    const std::string text = message.substr(1);
    if (message[0] == kGood) return text;
    return Error{static_cast<ErrorCode>(message[0] - kFirstError), text};
}

void write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) return;
        if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

std::string read_all(int fd) {
    std::string bytes;
    char buffer[4096];
    while (true) {
        const ssize_t count = ::read(fd, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return bytes;
        bytes.append(buffer, static_cast<std::size_t>(count));
    }
}

[[noreturn]] void work_in_child(const std::string& directory,
                                const std::function<Result<std::string>()>& work, int fd) {
    const Result<void> became = become_owner(directory);
    const Result<std::string> outcome = became ? work() : became.error();
    write_all(fd, std::string(1, outcome_byte(outcome)) +
                      (outcome ? outcome.value() : outcome.error().message));
    ::_exit(0);  // without the parent's destructors and buffers
}

}  // namespace

Result<FileOwner> owner_of(const std::string& directory) {
    const UniqueFd fd(::open(directory.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0)
        return error_from_errno(errno, "cannot open " + directory);
    if (!S_ISDIR(status.st_mode))
        return Error{ErrorCode::invalid, directory + " is not a directory (nor may it be a link)"};
    const uid_t caller = ::geteuid();
    if (caller == 0 && status.st_uid == 0)
        return Error{ErrorCode::denied,
                     directory +
                         " belongs to root, and a worker never runs as root (chown -R it "
                         "to a uid of its own)"};
    if (caller != 0 && status.st_uid != caller)
        return Error{ErrorCode::denied, directory + " belongs to uid " +
                                            std::to_string(status.st_uid) + ", this is uid " +
                                            std::to_string(caller) +
                                            " (run the command as root or as that user)"};
    return FileOwner{status.st_uid, status.st_gid};
}

Result<void> become_owner(const std::string& directory) {
    const FileOwner owner = TRY(owner_of(directory));
    if (::geteuid() != 0) return {};
    const gid_t group = owner.gid == 0 ? static_cast<gid_t>(owner.uid) : owner.gid;
    if (::setgroups(0, nullptr) != 0 || ::setresgid(group, group, group) != 0 ||
        ::setresuid(owner.uid, owner.uid, owner.uid) != 0)
        return error_from_errno(errno, "cannot become the owner of " + directory);
    CHECK(::setuid(0) != 0);
    return {};
}

Result<std::string> as_owner(const std::string& directory,
                             const std::function<Result<std::string>()>& work) {
    if (::geteuid() != 0) {
        TRY(owner_of(directory));
        return work();
    }
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return error_from_errno(errno, "cannot make a pipe");
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) return error_from_errno(errno, "cannot start a process");
    if (child == 0) work_in_child(directory, work, writer.get());
    writer.reset();
    const std::string message = read_all(reader.get());
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return from_message(message);
}

}  // namespace posta::worker
