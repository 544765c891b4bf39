#pragma once
// Changes identities.toml as text: what is not touched keeps its comments, order and spelling.
//
// Pure, apart from lock_manifest(). The caller takes the lock, reads the text, edits it, makes sure
// by read_text() that the outcome is a valid manifest, and writes it atomically.

#include <string>
#include <string_view>

#include "common/base/file_lock.h"
#include "common/base/result.h"

namespace posta::manifest {

// The lock "<path>.lock", held while a command reads, edits and writes.
Result<FileLock> lock_manifest(const std::string& manifest_path);

// Appends an [[identity]] table with the line ends that the file has.
std::string with_identity_added(std::string_view text, std::string_view slug, std::string_view url);

// Removes the [[identity]] table of that slug, from the comments directly above it to its last key;
// comments and blank lines after that key stay. `not_found` when there is none; `invalid` when the
// text is no valid manifest or does not write its identities as [[identity]] tables.
Result<std::string> with_identity_removed(std::string_view text, std::string_view slug);

}  // namespace posta::manifest
