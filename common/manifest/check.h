#pragma once
// The rules across identities: one slug, one host, names that files of ours already have. Pure.

#include "common/manifest/complaint.h"
#include "common/manifest/document.h"
#include "common/manifest/manifest.h"

namespace posta::manifest {

// Slugs and hosts that could not be read are empty and count for nothing here. `root` is the
// document that the manifest was read from; it knows the lines of keys.
void check(const Manifest& manifest, const Node& root, Complaints& complaints);

// `<slug>.pid` and `<slug>.sock` stand in the run directory beside the server's own files, so
// these names are taken: supervisor, control, front.
bool is_reserved_slug(std::string_view slug);

}  // namespace posta::manifest
