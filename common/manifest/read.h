#pragma once
// Reads identities.toml. Knows TOML, types, ranges and unknown keys; the rules across identities
// are check()'s. The .cpp is the only file that includes toml11, whose 3.7 and 4.x differ.

#include <cstddef>
#include <string>

#include "common/base/result.h"
#include "common/manifest/complaint.h"
#include "common/manifest/manifest.h"

namespace posta::manifest {

constexpr std::size_t kMaxManifestBytes = 8U << 20;

// All complaints at once, those of check() included. A missing or unreadable file is one complaint
// with line 0.
Result<Manifest, Complaints> read(const std::string& path);

// The same from text; `path` is for the result only.
Result<Manifest, Complaints> read_text(std::string_view text, const std::string& path);

}  // namespace posta::manifest
