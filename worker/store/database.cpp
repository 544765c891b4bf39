#include "worker/store/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "common/base/encoding.h"
#include "common/base/unique_fd.h"
#include "worker/store/gathering_vfs.h"
#include "worker/store/sqlite_error.h"

namespace posta::store {
namespace {

constexpr int kPagesPerStep = 1024;

bool may_write(Database::Mode mode) {
    switch (mode) {
        case Database::Mode::existing:
        case Database::Mode::served:
        case Database::Mode::create:
            return true;
        case Database::Mode::read_only:
        case Database::Mode::untouched:
            break;
    }
    return false;
}

// SQLite's NOFOLLOW refuses a link anywhere in the path. A data directory may be reached through
// one; only the file itself may not be one.
Result<std::string> with_real_directory(const std::string& path) {
    if (path == ":memory:") return path;
    const std::size_t slash = path.rfind('/');
    const std::string directory =
        slash == std::string::npos ? "." : (slash == 0 ? "/" : path.substr(0, slash));
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(directory.c_str(), nullptr),
                                                           &std::free);
    if (!real) return error_from_errno(errno, "cannot open " + directory);
    return std::string(real.get()) + "/" +
           (slash == std::string::npos ? path : path.substr(slash + 1));
}

Result<void> look_at_file(const std::string& path, Database::Mode mode) {
    if (path == ":memory:") return {};
    if (mode == Database::Mode::create) {
        // SQLite would make it by the umask; the mode has to be right from the first moment.
        // EXCL: closing a second descriptor of a database that is open in this process would drop
        // its POSIX locks.
        const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!fd && errno != EEXIST) return error_from_errno(errno, "cannot create " + path);
    }
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return error_from_errno(errno, "cannot open " + path);
    if (!S_ISREG(status.st_mode)) return Error{ErrorCode::invalid, path + " is not a regular file"};
    // To SQLite it is a new database, and what was lost would never be missed.
    const bool is_there = mode == Database::Mode::existing || mode == Database::Mode::served;
    if (is_there && status.st_size == 0)
        return Error{ErrorCode::invalid, path + " is empty, and a database never is"};
    // SQLite would say that it cannot open the log beside it, and not why.
    if (may_write(mode) && ::access(path.c_str(), W_OK) != 0)
        return error_from_errno(errno, "cannot write to " + path);
    return {};
}

int flags_for(Database::Mode mode) {
    const int access = may_write(mode) ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    const int naming = mode == Database::Mode::untouched ? SQLITE_OPEN_URI : 0;
    return access | naming | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
           SQLITE_OPEN_EXRESCODE;
}

// The only way to tell SQLite that a file will not change is a parameter of a URI.
std::string name_for(const std::string& path, Database::Mode mode) {
    if (mode != Database::Mode::untouched) return path;
    std::string uri = "file:";
    for (const char character : path) {
        const bool is_special = character == '%' || character == '?' || character == '#';
        uri += is_special ? "%" + hex_encode(std::string_view(&character, 1))
                          : std::string(1, character);
    }
    return uri + "?immutable=1";
}

}  // namespace

void Database::Closer::operator()(sqlite3* connection) const noexcept {
    sqlite3_close_v2(connection);
}

Result<Database> Database::open(const std::string& path, Mode mode) {
    const std::string real = TRY(with_real_directory(path));
    TRY(look_at_file(real, mode));
    sqlite3* opened = nullptr;
    const char* const vfs = mode == Mode::served ? gathering_vfs() : nullptr;
    const int code = sqlite3_open_v2(name_for(real, mode).c_str(), &opened, flags_for(mode), vfs);
    Connection connection(opened);
    if (code != SQLITE_OK)
        return error_from_sqlite(code, "cannot open " + path,
                                 opened ? sqlite3_errmsg(opened) : sqlite3_errstr(code));
    Database database(path, std::move(connection));
    Result<void> prepared = database.prepare(mode);
    if (!prepared) {
        const int reason = sqlite3_errcode(opened);
        Error error = std::move(prepared).error().within(path);
        if (reason == SQLITE_NOTADB || reason == SQLITE_CORRUPT) error.code = ErrorCode::invalid;
        return error;
    }
    return database;
}

Result<void> Database::prepare(Mode mode) {
    sqlite3_busy_timeout(connection(), static_cast<int>(kBusyTimeout.count()));
    sqlite3_db_config(connection(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    TRY(
        execute("PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
                "PRAGMA synchronous = FULL;"));
    if (may_write(mode)) TRY(execute("PRAGMA journal_mode = WAL"));
    // Pragmas alone may not read the file: a file that is no database has to be found here.
    return execute("SELECT count(*) FROM sqlite_schema");
}

Result<void> Database::limit_size(std::int64_t megabytes) {
    constexpr std::int64_t kMostPages = 4'294'967'294;  // SQLite's own
    const std::int64_t page_bytes = TRY(number_of("PRAGMA page_size"));
    const std::int64_t pages =
        megabytes == 0 ? kMostPages : std::min(kMostPages, megabytes * 1024 * 1024 / page_bytes);
    return execute("PRAGMA max_page_count = " + std::to_string(pages));
}

Result<std::int64_t> Database::bytes_left() {
    const std::int64_t page_bytes = TRY(number_of("PRAGMA page_size"));
    const std::int64_t most = TRY(number_of("PRAGMA max_page_count"));
    const std::int64_t taken = TRY(number_of("PRAGMA page_count"));
    const std::int64_t free = TRY(number_of("PRAGMA freelist_count"));
    return (most - taken + free) * page_bytes;
}

Result<std::int64_t> Database::number_of(std::string_view pragma) {
    Statement ask(*this, pragma);
    Rows rows = ask.run();
    const bool found = TRY(rows.next());
    CHECK(found);
    return rows.integer(0);
}

Result<void> Database::expect_many_writes(std::int64_t memory_mb) {
    constexpr std::int64_t kMostCacheKib = 8 * 1024;
    constexpr int kPagesOfLog = 4000;  // no more: its index then fits the 32 KiB it has anyway
    const std::int64_t eighth_of_all = memory_mb * 1024 / 8;
    const std::int64_t cache_kib = std::min(kMostCacheKib, eighth_of_all);
    return execute("PRAGMA cache_size = -" + std::to_string(cache_kib) +
                   "; PRAGMA wal_autocheckpoint = " + std::to_string(kPagesOfLog));
}

void Database::rest() {
    sqlite3_busy_timeout(connection(), 0);
    sqlite3_wal_checkpoint_v2(connection(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(connection(), static_cast<int>(kBusyTimeout.count()));
    sqlite3_db_release_memory(connection());
}

Result<void> Database::execute(const std::string& sql) {
    if (sqlite3_exec(connection(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    return last_error(connection(), "database");
}

std::int64_t Database::last_insert_row_id() const {
    return sqlite3_last_insert_rowid(connection());
}

std::int64_t Database::total_changes() const { return sqlite3_total_changes64(connection()); }

Result<std::int64_t> Database::writes_of_others() { return number_of("PRAGMA data_version"); }

bool Database::in_transaction() const { return sqlite3_get_autocommit(connection()) == 0; }

Result<void> Database::copy_into(Database& destination, Progress progress, void* context) {
    struct Finisher {
        void operator()(sqlite3_backup* backup) const noexcept { sqlite3_backup_finish(backup); }
    };
    const std::unique_ptr<sqlite3_backup, Finisher> backup(
        sqlite3_backup_init(destination.connection(), "main", connection(), "main"));
    if (!backup)
        return last_error(destination.connection(), "cannot copy into " + destination.path());
    while (true) {
        const int code = sqlite3_backup_step(backup.get(), kPagesPerStep);
        if (progress != nullptr) {
            const int total = sqlite3_backup_pagecount(backup.get());
            progress(context, total - sqlite3_backup_remaining(backup.get()), total);
        }
        if (code == SQLITE_DONE) return {};
        if (code != SQLITE_OK)
            return error_from_sqlite(code, "cannot copy into " + destination.path(),
                                     sqlite3_errstr(code));
    }
}

Result<void> Database::quick_check() { return run_check("PRAGMA quick_check"); }
Result<void> Database::integrity_check() { return run_check("PRAGMA integrity_check"); }

Result<void> Database::run_check(std::string_view pragma) {
    Statement check(*this, pragma);
    Rows rows = check.run();
    const bool found = TRY(rows.next());
    if (!found || rows.bytes(0) == "ok") return {};
    return Error{ErrorCode::invalid, path_ + " is damaged: " + rows.text(0)};
}

Result<Savepoint> Savepoint::begin(Database& database) {
    TRY(database.execute("SAVEPOINT part"));
    return Savepoint(database);
}

Savepoint::~Savepoint() = default;

void Savepoint::Undo::operator()(Database* database) const noexcept {
    // Without a transaction SQLite has undone everything already (a full disk does that).
    if (!database->in_transaction()) return;
    sqlite3_exec(database->connection(), "ROLLBACK TO part; RELEASE part", nullptr, nullptr,
                 nullptr);
}

Result<void> Savepoint::keep() {
    TRY(database_->execute("RELEASE part"));
    static_cast<void>(database_.release());
    return {};
}

}  // namespace posta::store
