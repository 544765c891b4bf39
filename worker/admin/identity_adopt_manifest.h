#pragma once
// The manifest's entry for an adopted identity. The caller holds lock_manifest() to write.

#include <string>

#include "common/base/result.h"
#include "worker/admin/identity_adopt_steps.h"

namespace posta::worker {

// Whether the manifest could take the entry, or has it: `conflict` when the slug is there with
// another URL, `invalid` with all complaints when the outcome would not be valid.
Result<void> check_manifest_entry(const AdoptRequest& request);

// Adds the entry unless it is there; tells whether it did.
Result<bool> write_manifest_entry(const AdoptRequest& request);

}  // namespace posta::worker
