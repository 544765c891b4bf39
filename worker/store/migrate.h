#pragma once
// Brings a database to the newest schema version (files.md): forward only, each migration in a
// transaction of its own together with its row in schema_version, so that an interruption leaves
// some whole version behind and the next open goes on from there.
//
// An existing database is copied beside itself first (backup.h). Only one process migrates at a
// time; the others wait and then find the work done. A new database gets all migrations in one
// transaction: it is there at the newest version or empty.

#include "common/base/clock.h"
#include "common/base/file_lock.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "worker/store/canonical_peers.h"
#include "worker/store/database.h"
#include "worker/store/progress.h"

namespace posta::store {

constexpr int kNewestVersion = 11;

// `invalid`: a newer version, or not what its version says. `unavailable`: disk full, busy, or for
// `patience` another process has held the lock on the directory, which the caller must not hold
// itself. The database is unharmed in every case. `on_progress` is told at the start of a migration
// of an existing database and then, as progress.h says, that it gets on; also with the backup.
Result<void> migrate(Database& database, const Clock& clock, Log& log,
                     const OnProgress& on_progress = ignore_progress,
                     FileLock::Duration patience = FileLock::kPatience);

// What migration 6 would do to the peers of this database, which is left as it is. The database
// must be nobody else's: it is written to and rolled back.
Result<PeerChanges> preview_peer_changes(Database& database, const Clock& clock);

// Only the tables of `version`, into an empty database, for comparison: no rows, no log.
Result<void> apply_plain_migrations(Database& empty, int version);

}  // namespace posta::store
