#pragma once
// SQLite's result codes as our errors, in one place.
//
// Full disk, busy or locked database, no memory: `unavailable` (503, later it may work). A damaged
// file, a failed read or write: `io` (500). A broken constraint: `conflict`. Misuse of the library
// is a bug of ours and ends the process. Inside worker/store only.

#include <string_view>

#include "common/base/result.h"

struct sqlite3;

namespace posta::store {

// Behind what is said of a full database. Only a worker that is ready holds to the limit.
inline constexpr std::string_view kAdviceWhenFull =
    " (make room on the disk; if inbox.db has reached database_limit_mb, raise that and reload)";

// Whether it is that of a full database or disk.
inline bool says_full(const Error& error) { return error.message.ends_with(kAdviceWhenFull); }

// `code` may be an extended result code. `what` says what was being done.
Error error_from_sqlite(int code, std::string_view what, std::string_view detail);
// The same for the last call that failed on this connection, with the system's reason behind a
// failed read or write.
Error last_error(sqlite3* connection, std::string_view what);

}  // namespace posta::store
