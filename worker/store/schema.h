#pragma once
// Which version a database has, and whether it is what that version says.
//
// The column names of legacy databases are a reconstruction, so an old file is compared with the
// schema that our own migrations make, and everything that is missing is named at once.

#include <string>
#include <vector>

#include "common/base/result.h"
#include "worker/store/database.h"

namespace posta::store {

// 0 for an empty database. 1 for one with messages but without a schema_version table: the
// single-user daemon's own. A database of something else is `invalid`.
Result<int> schema_version_of(Database& database);

// "messages.raw_envelope", "auth_tokens (the whole table)"; empty when nothing is missing. Tables
// and columns beyond the expected ones are no concern here.
Result<std::vector<std::string>> missing_columns(Database& database, int version);

// missing_columns() as an `invalid` error that lists all.
Result<void> check_columns(Database& database, int version);

// The tables that hold rows of their own: no indexes, no shadow tables of FTS5. By name.
Result<std::vector<std::string>> tables_of(Database& database);

}  // namespace posta::store
