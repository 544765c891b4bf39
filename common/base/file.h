#pragma once
// Whole files: bounded reads, and writes that are either there in full or not at all.

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace posta {

// Reads at most `max_bytes`; a larger file is `invalid`. Never follows a file that is not regular.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

struct FileOwner {
    uid_t uid;
    gid_t gid;
};

// Temporary file beside `path`, write, fchmod, fchown (when an owner is given), fsync, rename,
// fsync of the directory. At any interruption `path` holds the old bytes or the new, never a
// mixture; a temporary file may be left behind (".<name>.tmp-XXXXXX") and is harmless.
Result<void> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode,
                                   std::optional<FileOwner> owner = std::nullopt);

// Makes the directory entry changes in `directory` durable.
Result<void> sync_directory(const std::string& directory);

}  // namespace posta
