#pragma once
// One change of the manifest's text by a command: read, edit, make sure that the outcome is a valid
// manifest, write atomically. The caller holds lock_manifest() around all that belongs to it.

#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace posta::worker {

using ManifestEdit = std::function<Result<std::string>(std::string_view text)>;

// Keeps the file's mode and owner; a file that is absent counts as empty and is made 0644.
Result<void> change_manifest(const std::string& path, const ManifestEdit& edit);

}  // namespace posta::worker
