#pragma once
// Changes identities.toml as text: what is not touched keeps its comments, order and spelling.
//
// Pure, apart from ManifestLock. The caller takes the lock, reads the text, edits it, makes sure by
// read_text() that the outcome is a valid manifest, and writes it atomically.

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace posta::manifest {

// Held while a command reads, edits and writes, so that two commands cannot lose each other's
// change. Locks "<path>.lock" (flock); waits at most 10 s, then `unavailable`.
class ManifestLock {
public:
    static Result<ManifestLock> acquire(const std::string& manifest_path);

private:
    explicit ManifestLock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

// Appends an [[identity]] table.
std::string with_identity_added(std::string_view text, std::string_view slug, std::string_view url);

// Removes the [[identity]] table of that slug with the comments directly above it. `not_found` when
// there is none.
Result<std::string> with_identity_removed(std::string_view text, std::string_view slug);

}  // namespace posta::manifest
