#pragma once
// Deletes what is in a directory, never leaving it: a symbolic link is deleted itself, a mount
// point or a directory that changes underneath is not entered.

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace posta::worker {

struct TreeEntry {
    std::string path;  // relative to the directory
    bool is_directory;
    std::uint64_t bytes;
};

// Everything below, a directory after what is in it. At most 64 levels deep.
Result<std::vector<TreeEntry>> list_tree(const std::string& directory);

// Deletes everything below; the directory itself stays.
Result<void> empty_directory(const std::string& directory);

}  // namespace posta::worker
