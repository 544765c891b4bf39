#pragma once
// The directory that is taken over, read without leaving a trace in it.

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "worker/admin/identity_adopt_steps.h"

namespace posta::worker {

// What belongs to the identity: keys.json and inbox.db, which must be there, the database's -wal or
// -journal, and the pictures and uploads that it serves. `not_found` lists all that is missing.
Result<std::vector<std::string>> list_source(const std::string& source);

// `conflict` when another process has the database open, as far as its locks tell.
Result<void> check_nobody_has_it_open(const std::string& source);

enum class Copies {
    everything,
    database_alone,  // a dry run's: a key that is nowhere else cannot be left behind by a kill
};

// Reads each file, copies it into `destination` if so asked, and reads the source a second time:
// `conflict` when something has changed meanwhile (a daemon is still running).
Result<std::vector<AdoptReport::File>> copy_source(const std::string& source,
                                                   const std::vector<std::string>& names,
                                                   const std::string& destination, Copies copies,
                                                   const AdoptProgress& progress);

Result<std::string> sha256_of_file(const std::string& path);

// A name that the server serves: avatar-<64 hex>.<ext>, upload-<64 hex>.<ext>. Pure.
bool is_public_file_name(std::string_view name);

}  // namespace posta::worker
