#include "worker/store/sqlite_error.h"

#include <sqlite3.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace posta::store {
namespace {

ErrorCode code_for(int code) {
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_FULL:
        case SQLITE_NOMEM:
        case SQLITE_INTERRUPT:
        case SQLITE_PROTOCOL:
            return ErrorCode::unavailable;
        case SQLITE_CONSTRAINT:
            return ErrorCode::conflict;
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return ErrorCode::denied;
        case SQLITE_TOOBIG:
            return ErrorCode::invalid;
        case SQLITE_IOERR:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_NOLFS:
            return ErrorCode::io;
        default:
            return ErrorCode::internal;
    }
}

}  // namespace

Error error_from_sqlite(int code, std::string_view what, std::string_view detail) {
    CHECK((code & 0xff) != SQLITE_MISUSE && (code & 0xff) != SQLITE_RANGE);
    Error error{code_for(code), std::string(what) + ": " + std::string(detail)};
    // SQLite does not tell the one from the other.
    if ((code & 0xff) == SQLITE_FULL) error.message += kAdviceWhenFull;
    return error;
}

// "disk I/O error" may be a full disk: only the system's own error tells.
Error last_error(sqlite3* connection, std::string_view what) {
    const int code = sqlite3_extended_errcode(connection);
    Error error = error_from_sqlite(code, what, sqlite3_errmsg(connection));
    const int cause = sqlite3_system_errno(connection);
    if ((code & 0xff) != SQLITE_IOERR || cause == 0) return error;
    if (cause == ENOSPC || cause == EDQUOT) error.code = ErrorCode::unavailable;
    error.message += ": " + std::generic_category().message(cause);
    return error;
}

}  // namespace posta::store
