#include "worker/admin/manifest_change.h"

#include <sys/stat.h>

#include <cstdlib>
#include <memory>
#include <optional>

#include "common/base/file.h"
#include "common/manifest/read.h"

namespace posta::worker {

namespace {

// A manifest that is a link is changed where it points to; the link stays.
std::string real_path(const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                           &std::free);
    return real ? real.get() : path;
}

}  // namespace

Result<void> change_manifest(const std::string& given_path, const ManifestEdit& edit) {
    const std::string path = real_path(given_path);
    mode_t mode = 0644;
    std::optional<FileOwner> owner;
    struct stat status {};
    std::string text;
    if (::stat(path.c_str(), &status) == 0) {
        mode = status.st_mode & 07777U;
        owner = FileOwner{status.st_uid, status.st_gid};
        text = TRY(read_file(path, manifest::kMaxManifestBytes));
    }
    const std::string edited = TRY(edit(text));
    const auto outcome = manifest::read_text(edited, path);
    if (!outcome)
        return Error{ErrorCode::invalid, "the manifest would not be valid, nothing was changed:\n" +
                                             manifest::describe(outcome.error(), path)};
    return write_file_atomically(path, edited, mode, owner);
}

}  // namespace posta::worker
