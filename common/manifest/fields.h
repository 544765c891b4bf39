#pragma once
// The keys of identities.toml: which there are, their types and ranges (files.md). Pure.
//
// A key that is not in the tables is a complaint. Values of [server] become the defaults of every
// identity. Rules across identities are check()'s.

#include "common/manifest/complaint.h"
#include "common/manifest/document.h"
#include "common/manifest/manifest.h"

namespace posta::manifest {

// Reads as much as is right and adds a complaint for everything else.
Manifest manifest_from(const Node& root, Complaints& complaints);

// `identity "arne"`, or `identity` when its slug is not readable.
std::string subject_of(const Identity& identity);

}  // namespace posta::manifest
