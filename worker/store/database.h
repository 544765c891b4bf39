#pragma once
// One SQLite connection with the pragmas of files.md: WAL, synchronous FULL, foreign keys, no
// trusted schema, a busy timeout, temporary tables in memory (the sandbox has no /tmp), but for
// migrations (temporary_files.h).
//
// Used by one thread. Knows nothing of our tables: that is Store's. A symbolic link in place of the
// file is refused: root opens files that belong to tenants.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "worker/store/statement.h"

namespace posta::store {

class Database {
public:
    enum class Mode {
        existing,   // must be there, and not empty
        served,     // the same, by the worker: one call a commit for its log (gathering_vfs.h)
        create,     // made when absent, 0600
        read_only,  // must be there; the journal mode stays as it is
        untouched,  // the same without making a -wal or -shm: only when nobody uses the file
    };

    // How long a statement waits for another process's transaction before it is `unavailable`. It
    // blocks the worker's loop meanwhile: ours are all short.
    static constexpr std::chrono::milliseconds kBusyTimeout{3000};

    // A file that is no database, or is damaged at its start, is `invalid`. ":memory:" works.
    static Result<Database> open(const std::string& path, Mode mode);

    const std::string& path() const { return path_; }

    // From now on this connection lets the file grow to that size and no further; what needs more
    // is `unavailable`. One that is larger already grows no more. 0: no limit.
    Result<void> limit_size(std::int64_t megabytes);
    // What may still be taken under that limit, what is free inside the file included.
    Result<std::int64_t> bytes_left();

    // For the connection that writes all day, the worker's, which may take `memory_mb` in all: with
    // many rows each message touches other pages, and without this they are read and written again
    // and again.
    Result<void> expect_many_writes(std::int64_t memory_mb);
    // For a time when nothing is asked: the log is emptied into the file and the cache let go.
    // Whoever else is reading or writing just now is not waited for; then the log stays.
    void rest();

    // One or several statements without values.
    Result<void> execute(const std::string& sql);
    std::int64_t last_insert_row_id() const;
    // Rows inserted, updated and deleted since it was opened; those of a failed statement not.
    std::int64_t total_changes() const;
    // A number that changes when another connection has written, in this process or not.
    Result<std::int64_t> writes_of_others();
    // True between BEGIN (or the outermost SAVEPOINT) and its end. SQLite ends a transaction by
    // itself when the disk is full, so ask again after an error.
    bool in_transaction() const;

    // The file as it stands, copied into `destination` by the backup API, journal and all, while
    // others may write. `destination` must be open for writing and is overwritten. `progress` is
    // told the pages done and in all.
    using Progress = void (*)(void* context, int done, int total);
    Result<void> copy_into(Database& destination, Progress progress = nullptr,
                           void* context = nullptr);

    // The first complaint of PRAGMA quick_check or integrity_check, or nothing when it is sound.
    Result<void> quick_check();
    Result<void> integrity_check();

    sqlite3* connection() const { return connection_.get(); }  // inside worker/store only

private:
    struct Closer {
        void operator()(sqlite3* connection) const noexcept;
    };
    using Connection = std::unique_ptr<sqlite3, Closer>;

    Database(std::string path, Connection connection)
        : path_(std::move(path)), connection_(std::move(connection)) {}
    Result<void> prepare(Mode mode);
    Result<std::int64_t> number_of(std::string_view pragma);
    Result<void> run_check(std::string_view pragma);

    std::string path_;
    Connection connection_;
};

// Some statements that succeed or fail together: alone, or inside a transaction that is open
// already. Undone at the end unless kept.
class Savepoint {
public:
    static Result<Savepoint> begin(Database& database);
    ~Savepoint();
    Savepoint(Savepoint&&) = default;
    Savepoint& operator=(Savepoint&&) = delete;

    // Makes the changes part of what is around; commits when nothing is.
    Result<void> keep();

private:
    struct Undo {
        void operator()(Database* database) const noexcept;
    };
    explicit Savepoint(Database& database) : database_(&database) {}
    std::unique_ptr<Database, Undo> database_;
};

}  // namespace posta::store
