#include "supervisor/upgrade/memory_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace posta::supervisor {

Result<UniqueFd> to_memory(const std::string& text) {
    UniqueFd file(::memfd_create("posta-handover", MFD_CLOEXEC));
    if (!file) return error_from_errno(errno, "cannot make room for the handover");
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t count = ::write(file.get(), text.data() + done, text.size() - done);
        if (count <= 0) return error_from_errno(errno, "cannot write the handover");
        done += static_cast<std::size_t>(count);
    }
    return file;
}

Result<std::string> from_memory(int fd) {
    constexpr off_t kMost = off_t{256} * 1024 * 1024;
    struct stat status {};
    if (::fstat(fd, &status) != 0 || status.st_size > kMost)
        return Error{ErrorCode::invalid,
                     "there is no handover at descriptor " + std::to_string(fd)};
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t count =
            ::pread(fd, text.data() + done, text.size() - done, static_cast<off_t>(done));
        if (count <= 0) return error_from_errno(errno, "cannot read the handover");
        done += static_cast<std::size_t>(count);
    }
    return text;
}

}  // namespace posta::supervisor
