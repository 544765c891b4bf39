#include "worker/store/migrate.h"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "common/base/rfc3339.h"
#include "worker/store/backup.h"
#include "worker/store/canonical_peers.h"
#include "worker/store/message_keys.h"
#include "worker/store/migration_sql.h"
#include "worker/store/schema.h"
#include "worker/store/sqlite_error.h"
#include "worker/store/temporary_files.h"

namespace posta::store {
namespace {

constexpr int kCanonicalPeersVersion = 6;
constexpr int kDedupByIdFirstVersion = 11;

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> apply_tables(Database& database, int version) {
    for (const MigrationSql& migration : migration_sql()) {
        if (migration.version == version) return database.execute(std::string(migration.sql));
    }
    return {};
}

Result<void> record(Database& database, int version, const std::string& now) {
    if (version < 2) return {};  // the table comes with version 2
    Statement insert(database, "INSERT INTO schema_version (version, applied_at) VALUES (?, ?)");
    if (version == 2) TRY(insert.execute({1, now}));
    TRY(insert.execute({version, now}));
    return {};
}

Result<void> apply(Database& database, int version, const Clock& clock, Log& log) {
    // For one that passed version 6 before that saw to it.
    if (version == kDedupByIdFirstVersion) TRY(make_message_keys_unique(database, log));
    TRY(apply_tables(database, version));
    if (version == kCanonicalPeersVersion) TRY(make_peers_canonical(database, log));
    return record(database, version, format_time(clock.now()));
}

// The migrations from..to in one transaction, all or none.
Result<void> apply_together(Database& database, int from, int to, const Clock& clock, Log& log) {
    TRY(database.execute("BEGIN IMMEDIATE"));
    Result<void> done;
    for (int version = from; version <= to && done; ++version)
        done = apply(database, version, clock, log);
    if (done) done = database.execute("COMMIT");
    if (!done && database.in_transaction()) {
        // When even this fails the connection is closed next, which undoes it too.
        const Result<void> undone = database.execute("ROLLBACK");
        if (!undone) log.warn("rollback failed", {{"why", undone.error().message}});
    }
    return done;
}

// A full disk does not know of itself how much is missing. It is the disk that is full: a limit of
// the database is set once it has been opened.
Error with_room_needed(Error error, const std::string& path) {
    if (const std::size_t at = error.message.find(kAdviceWhenFull); at != std::string::npos)
        error.message.erase(at, kAdviceWhenFull.size());
    constexpr std::uintmax_t kMib = 1024 * 1024;
    std::error_code unknown;
    const std::string directory = directory_of(path);
    const std::uintmax_t size = std::filesystem::file_size(path, unknown);
    const std::uintmax_t free = std::filesystem::space(directory, unknown).available;
    const std::uintmax_t needed = 3 * (size / kMib + 1);  // the backup, what is sorted, the log
    if (error.code != ErrorCode::unavailable || unknown || free / kMib >= needed) return error;
    error.message += "; the messages are unharmed; a migration needs up to " +
                     std::to_string(needed) + " MiB of room in " + directory + ", and " +
                     std::to_string(free / kMib) + " are free: make room and start it again";
    return error;
}

Result<void> upgrade(Database& database, int from, const Clock& clock, Log& log,
                     const OnProgress& on_progress) {
    on_progress();
    const Progress told(database, on_progress);
    TRY(check_columns(database, from));
    const std::string backup = database.path() + ".v" + std::to_string(from) + ".bak";
    TRY(back_up_beside(database, backup, on_progress));
    log.info("database backed up before its migration", {{"file", backup}});
    for (int version = from + 1; version <= kNewestVersion; ++version) {
        TRY(apply_together(database, version, version, clock, log)
                .within("migration to version " + std::to_string(version)));
        log.info("database migrated", {{"version", version}});
        on_progress();
    }
    return {};
}

}  // namespace

Result<void> migrate(Database& database, const Clock& clock, Log& log,
                     const OnProgress& on_progress, FileLock::Duration patience) {
    int version = TRY(schema_version_of(database));
    if (version == kNewestVersion) return {};
    // The directory itself is locked: a lock file beside the database would be one more file to
    // own.
    std::optional<FileLock> lock;
    if (database.path() != ":memory:")
        lock = TRY(FileLock::on_directory(directory_of(database.path()), patience)
                       .within("migration from version " + std::to_string(version)));
    version = TRY(schema_version_of(database));  // another process may have done it meanwhile
    if (version == kNewestVersion) return {};
    if (version > kNewestVersion)
        return Error{ErrorCode::invalid,
                     database.path() + " has schema version " + std::to_string(version) +
                         ", this posta-server knows versions up to " +
                         std::to_string(kNewestVersion) + " (install the newer posta-server)"};
    const TemporaryFiles sorting = TRY(TemporaryFiles::beside(database));
    if (version == 0) return apply_together(database, 1, kNewestVersion, clock, log);
    Result<void> upgraded = upgrade(database, version, clock, log, on_progress);
    if (!upgraded) return with_room_needed(std::move(upgraded).error(), database.path());
    return {};
}

Result<PeerChanges> preview_peer_changes(Database& database, const Clock& clock) {
    const int version = TRY(schema_version_of(database));
    if (version >= kCanonicalPeersVersion) return PeerChanges{};
    // Nothing is logged: nothing of it happens.
    Log quiet(clock, "preview", LogLevel::error, LogFormat::text, -1);
    const Savepoint undone = TRY(Savepoint::begin(database));
    for (int number = version + 1; number < kCanonicalPeersVersion; ++number)
        TRY(apply(database, number, clock, quiet));
    return make_peers_canonical(database, quiet);
}

Result<void> apply_plain_migrations(Database& empty, int version) {
    for (int number = 1; number <= version; ++number) TRY(apply_tables(empty, number));
    return {};
}

}  // namespace posta::store
