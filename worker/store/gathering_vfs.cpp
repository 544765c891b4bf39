#include "worker/store/gathering_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

#include "common/base/check.h"
#include "worker/store/gathered_writes.h"

namespace posta::store {
namespace {

using Vfs = sqlite3_vfs;
using FileMethods = sqlite3_io_methods;

// What this adds to a file. SQLite gives the memory; the file of the VFS below lies behind it.
struct File : sqlite3_file {
    explicit File(sqlite3_file* file_below) : sqlite3_file{}, below(file_below) {}
    sqlite3_file* below;
};

struct LogFile;

struct DatabaseFile : File {
    explicit DatabaseFile(sqlite3_file* file_below);
    FileMethods methods;
    LogFile* log = nullptr;  // while it is open
};

struct LogFile : File {
    LogFile(sqlite3_file* file_below, DatabaseFile& its_database);
    ~LogFile() { database.log = nullptr; }
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;
    GatheredWrites gathered;
    DatabaseFile& database;  // SQLite closes it later
};

constexpr std::size_t kBytesAhead = std::max(sizeof(DatabaseFile), sizeof(LogFile));
static_assert(kBytesAhead % alignof(sqlite3_int64) == 0);
static_assert(std::is_trivially_destructible_v<DatabaseFile>, "nobody destroys it");

LogFile& log_of(sqlite3_file* file) { return *static_cast<LogFile*>(file); }
DatabaseFile& database_of(sqlite3_file* file) { return *static_cast<DatabaseFile*>(file); }

template <auto kMethod, class Value, class... Arguments>
Value pass(sqlite3_file* file, Arguments... arguments) noexcept {
    sqlite3_file* const below = static_cast<File*>(file)->below;
    return (below->pMethods->*kMethod)(below, arguments...);
}

// Of a log.
template <auto kMethod, class... Arguments>
int flush_and_pass(sqlite3_file* file, Arguments... arguments) noexcept {
    if (const int code = log_of(file).gathered.flush(); code != SQLITE_OK) return code;
    return pass<kMethod, int>(file, arguments...);
}

int write_log(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) noexcept {
    return log_of(file).gathered.write(bytes, count, at);
}

// On a full disk others than the gathered bytes can still be read, as a rollback does.
int read_log(sqlite3_file* file, void* bytes, int count, sqlite3_int64 at) noexcept {
    if (!log_of(file).gathered.overlap(count, at))
        return pass<&FileMethods::xRead, int>(file, bytes, count, at);
    return flush_and_pass<&FileMethods::xRead>(file, bytes, count, at);
}

// A log that is cut is at rest.
int truncate_log(sqlite3_file* file, sqlite3_int64 bytes) noexcept {
    const int code = flush_and_pass<&FileMethods::xTruncate>(file, bytes);
    if (code == SQLITE_OK) log_of(file).gathered.release();
    return code;
}

int close_log(sqlite3_file* file) noexcept {
    LogFile& log = log_of(file);
    sqlite3_file* const below = log.below;
    const int flushed = log.gathered.flush();
    std::destroy_at(&log);
    const int closed = below->pMethods->xClose(below);
    return flushed != SQLITE_OK ? flushed : closed;
}

void show_index(sqlite3_file* file) noexcept {
    LogFile* const log = database_of(file).log;
    if (log != nullptr) CHECK(log->gathered.flush() == SQLITE_OK);
    pass<&FileMethods::xShmBarrier, void>(file);
}

int lock_index(sqlite3_file* file, int first, int count, int flags) noexcept {
    LogFile* const log = database_of(file).log;
    if (log != nullptr && (flags & SQLITE_SHM_UNLOCK) != 0) {
        const int reason = errno;  // of what failed before: SQLite asks for it later
        if (log->gathered.flush() != SQLITE_OK) log->gathered.forget();
        errno = reason;
    }
    return pass<&FileMethods::xShmLock, int>(file, first, count, flags);
}

constexpr FileMethods kDatabaseMethods = {
    .iVersion = 3,
    .xClose = pass<&FileMethods::xClose>,
    .xRead = pass<&FileMethods::xRead>,
    .xWrite = pass<&FileMethods::xWrite>,
    .xTruncate = pass<&FileMethods::xTruncate>,
    .xSync = pass<&FileMethods::xSync>,
    .xFileSize = pass<&FileMethods::xFileSize>,
    .xLock = pass<&FileMethods::xLock>,
    .xUnlock = pass<&FileMethods::xUnlock>,
    .xCheckReservedLock = pass<&FileMethods::xCheckReservedLock>,
    .xFileControl = pass<&FileMethods::xFileControl>,
    .xSectorSize = pass<&FileMethods::xSectorSize>,
    .xDeviceCharacteristics = pass<&FileMethods::xDeviceCharacteristics>,
    .xShmMap = pass<&FileMethods::xShmMap>,
    .xShmLock = lock_index,
    .xShmBarrier = show_index,
    .xShmUnmap = pass<&FileMethods::xShmUnmap>,
    .xFetch = pass<&FileMethods::xFetch>,
    .xUnfetch = pass<&FileMethods::xUnfetch>,
};

// Version 1: a log has no index and is never mapped.
constexpr FileMethods kLogMethods = {
    .iVersion = 1,
    .xClose = close_log,
    .xRead = read_log,
    .xWrite = write_log,
    .xTruncate = truncate_log,
    .xSync = flush_and_pass<&FileMethods::xSync>,
    .xFileSize = flush_and_pass<&FileMethods::xFileSize>,
    .xLock = flush_and_pass<&FileMethods::xLock>,
    .xUnlock = flush_and_pass<&FileMethods::xUnlock>,
    .xCheckReservedLock = flush_and_pass<&FileMethods::xCheckReservedLock>,
    .xFileControl = flush_and_pass<&FileMethods::xFileControl>,
    .xSectorSize = pass<&FileMethods::xSectorSize>,
    .xDeviceCharacteristics = pass<&FileMethods::xDeviceCharacteristics>,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

// SQLite looks at the version for what a file can do; an index it can also have without.
DatabaseFile::DatabaseFile(sqlite3_file* file_below) : File(file_below), methods(kDatabaseMethods) {
    const bool has_index = below->pMethods->iVersion >= 2 && below->pMethods->xShmMap != nullptr;
    methods.iVersion = has_index ? std::min(3, below->pMethods->iVersion) : 1;
    pMethods = &methods;
}

LogFile::LogFile(sqlite3_file* file_below, DatabaseFile& its_database)
    : File(file_below), gathered(file_below), database(its_database) {
    database.log = this;
    pMethods = &kLogMethods;
}

Vfs* below(Vfs* vfs) { return static_cast<Vfs*>(vfs->pAppData); }

template <auto kMethod, class Value, class... Arguments>
Value pass_on(Vfs* vfs, Arguments... arguments) noexcept {
    return (below(vfs)->*kMethod)(below(vfs), arguments...);
}

int open_file(Vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) noexcept {
    if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0)
        return below(vfs)->xOpen(below(vfs), name, file, flags, flags_out);
    void* const place_below = reinterpret_cast<std::byte*>(file) + kBytesAhead;
    auto* const opened = new (place_below) sqlite3_file{};
    file->pMethods = nullptr;
    const int code = below(vfs)->xOpen(below(vfs), name, opened, flags, flags_out);
    if (code != SQLITE_OK) {
        if (opened->pMethods != nullptr) opened->pMethods->xClose(opened);
        return code;
    }
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0)
        new (file) DatabaseFile(opened);
    else
        new (file) LogFile(opened, database_of(sqlite3_database_file_object(name)));
    return SQLITE_OK;
}

}  // namespace

sqlite3_vfs gathering_before(sqlite3_vfs& below, const char* name) {
    return {
        .iVersion = std::min(3, below.iVersion),
        .szOsFile = static_cast<int>(kBytesAhead) + below.szOsFile,
        .mxPathname = below.mxPathname,
        .pNext = nullptr,
        .zName = name,
        .pAppData = &below,
        .xOpen = open_file,
        .xDelete = pass_on<&Vfs::xDelete>,
        .xAccess = pass_on<&Vfs::xAccess>,
        .xFullPathname = pass_on<&Vfs::xFullPathname>,
        .xDlOpen = pass_on<&Vfs::xDlOpen>,
        .xDlError = pass_on<&Vfs::xDlError>,
        .xDlSym = pass_on<&Vfs::xDlSym>,
        .xDlClose = pass_on<&Vfs::xDlClose>,
        .xRandomness = pass_on<&Vfs::xRandomness>,
        .xSleep = pass_on<&Vfs::xSleep>,
        .xCurrentTime = pass_on<&Vfs::xCurrentTime>,
        .xGetLastError = pass_on<&Vfs::xGetLastError>,
        .xCurrentTimeInt64 = pass_on<&Vfs::xCurrentTimeInt64>,
        .xSetSystemCall = pass_on<&Vfs::xSetSystemCall>,
        .xGetSystemCall = pass_on<&Vfs::xGetSystemCall>,
        .xNextSystemCall = pass_on<&Vfs::xNextSystemCall>,
    };
}

const char* gathering_vfs() {
    static Vfs* const usual = sqlite3_vfs_find(nullptr);
    CHECK(usual != nullptr);
    static Vfs vfs = gathering_before(*usual, "gathering");
    static const int code = sqlite3_vfs_register(&vfs, 0);
    CHECK(code == SQLITE_OK);
    return vfs.zName;
}

}  // namespace posta::store
