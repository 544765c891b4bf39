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
// change. Locks "<path>.lock" (flock); waits at most 10 s, then `unavailable`. The lock file stays:
// removing it would let two commands lock two files of one name.
class ManifestLock {
public:
    static Result<ManifestLock> acquire(const std::string& manifest_path);

private:
    explicit ManifestLock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

// Appends an [[identity]] table with the line ends that the file has.
std::string with_identity_added(std::string_view text, std::string_view slug, std::string_view url);

// Removes the [[identity]] table of that slug, from the comments directly above it to its last key;
// comments and blank lines after that key stay. `not_found` when there is none; `invalid` when the
// text is no valid manifest or does not write its identities as [[identity]] tables.
Result<std::string> with_identity_removed(std::string_view text, std::string_view slug);

}  // namespace posta::manifest
