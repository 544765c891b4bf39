#include "tests/unit/worker/store/log_witness.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "common/base/check.h"
#include "worker/store/gathering_vfs.h"

namespace posta::store {
namespace {

using Kind = LogCall::Kind;

// The default VFS's files keep their places and get another table of methods, by their kind.
struct Table {
    const sqlite3_io_methods* below = nullptr;
    sqlite3_io_methods ours{};
};

Table& of_logs() {
    static Table made;
    return made;
}

Table& of_databases() {
    static Table made;
    return made;
}

void put_before(sqlite3_file* file, Table& table) {
    if (table.below == nullptr) table = {file->pMethods, *file->pMethods};
    CHECK(table.below == file->pMethods);
    file->pMethods = &table.ours;
}

LogWitness*& present() {
    static LogWitness* witness = nullptr;
    return witness;
}

int tell(const LogCall& call) { return present() == nullptr ? SQLITE_OK : present()->tell(call); }

int write_log(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
    if (const int code = tell({Kind::write, count, at}); code != SQLITE_OK) {
        of_logs().below->xWrite(file, bytes, count / 2, at);
        return code;
    }
    return of_logs().below->xWrite(file, bytes, count, at);
}

int sync_log(sqlite3_file* file, int flags) {
    if (const int code = tell({Kind::sync}); code != SQLITE_OK) return code;
    return of_logs().below->xSync(file, flags);
}

int truncate_log(sqlite3_file* file, sqlite3_int64 bytes) {
    if (const int code = tell({Kind::truncate, 0, bytes}); code != SQLITE_OK) return code;
    return of_logs().below->xTruncate(file, bytes);
}

void barrier(sqlite3_file* file) {
    static_cast<void>(tell({Kind::barrier}));
    of_databases().below->xShmBarrier(file);
}

int lock_index(sqlite3_file* file, int first, int count, int flags) {
    if ((flags & SQLITE_SHM_UNLOCK) != 0) static_cast<void>(tell({Kind::unlock}));
    return of_databases().below->xShmLock(file, first, count, flags);
}

sqlite3_vfs* usual() {
    static sqlite3_vfs* const found = sqlite3_vfs_find(nullptr);
    return found;
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    const int code = usual()->xOpen(usual(), name, file, flags, flags_out);
    if (code != SQLITE_OK) return code;
    if ((flags & SQLITE_OPEN_WAL) != 0) {
        put_before(file, of_logs());
        of_logs().ours.xWrite = write_log;
        of_logs().ours.xSync = sync_log;
        of_logs().ours.xTruncate = truncate_log;
    }
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
        put_before(file, of_databases());
        of_databases().ours.xShmBarrier = barrier;
        of_databases().ours.xShmLock = lock_index;
    }
    return SQLITE_OK;
}

sqlite3_vfs& witness() {
    static sqlite3_vfs vfs = [] {
        sqlite3_vfs copy = *usual();
        copy.zName = "witness";
        copy.xOpen = open_file;
        return copy;
    }();
    static const int code = sqlite3_vfs_register(&vfs, 0);
    CHECK(code == SQLITE_OK);
    return vfs;
}

}  // namespace

LogWitness::LogWitness() { CHECK(std::exchange(present(), this) == nullptr); }
LogWitness::~LogWitness() { present() = nullptr; }

const char* LogWitness::plain() { return witness().zName; }

const char* LogWitness::gathering() {
    static sqlite3_vfs vfs = gathering_before(witness(), "gathering witness");
    static const int code = sqlite3_vfs_register(&vfs, 0);
    CHECK(code == SQLITE_OK);
    return vfs.zName;
}

int LogWitness::tell(const LogCall& call) {
    calls_.push_back(call);
    return on_call(call);
}

WitnessedDatabase::WitnessedDatabase(const std::string& path, const char* vfs) {
    CHECK(sqlite3_open_v2(path.c_str(), &connection_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                          vfs) == SQLITE_OK);
    sqlite3_extended_result_codes(connection_, 1);
    CHECK(run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY") ==
          SQLITE_OK);
}

int WitnessedDatabase::run(const std::string& sql) {
    return sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr);
}

std::string WitnessedDatabase::ask(const std::string& sql) {
    std::string found;
    const int code = sqlite3_exec(
        connection_, sql.c_str(),
        [](void* text, int, char** values, char**) {
            auto& joined = *static_cast<std::string*>(text);
            if (!joined.empty()) joined += ' ';
            joined += values[0] == nullptr ? "NULL" : values[0];
            return 0;
        },
        &found, nullptr);
    return code == SQLITE_OK ? found : "error " + std::to_string(code);
}

std::string quick_place() {
    return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path();
}

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) return {};
    std::string bytes(static_cast<std::size_t>(file.tellg()), '\0');
    file.seekg(0).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return bytes;
}

}  // namespace posta::store
