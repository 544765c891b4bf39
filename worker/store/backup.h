#pragma once
// A consistent, checked copy of a database in a file of its own.
//
// The copy is made under a temporary name, checked (PRAGMA quick_check), made durable and then
// given its name: a file of that name is always whole. The copy stands alone: no -wal is needed.

#include <string>

#include "common/base/result.h"
#include "worker/store/database.h"
#include "worker/store/progress.h"

namespace posta::store {

// A copy at `path`, with mode 0600 and the owner of the original. A file that is there already is
// kept as it is. One caller at a time for a path (migrate holds a lock). `on_progress` is told now
// and then that it gets on.
Result<void> back_up_beside(Database& database, const std::string& path,
                            const OnProgress& on_progress);

// Writes the copy into `path`, which is replaced. Not yet synced or checked.
Result<void> copy_to_file(Database& database, const std::string& path,
                          Database::Progress progress = nullptr, void* context = nullptr);

// fsync of the file and nothing else.
Result<void> sync_file(const std::string& path);

}  // namespace posta::store
