#pragma once
// Sees what reaches the files below SQLite: a VFS before the default one that tells of each call on
// a write-ahead log, and of those on its index by which commits are shown, before it is made. So a
// test can count them, look at the database between any two, let one fail or be the process's last.
//
// One witness at a time, on one thread.

#include <sqlite3.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace posta::store {

struct LogCall {
    enum class Kind { write, sync, truncate, barrier, unlock };
    Kind kind;
    int count = 0;  // bytes of a write
    sqlite3_int64 at = 0;
    bool operator==(const LogCall&) const = default;
};

class LogWitness {
public:
    LogWitness();
    ~LogWitness();
    LogWitness(const LogWitness&) = delete;
    LogWitness& operator=(const LogWitness&) = delete;

    // Names for sqlite3_open_v2: the witness alone, and the gathering one before it.
    static const char* plain();
    static const char* gathering();

    // Asked before each call, what it returns is the call's result unless it is SQLITE_OK. A write
    // that fails has written its first half, as on a disk that fills. A barrier cannot fail.
    std::function<int(const LogCall&)> on_call = [](const LogCall&) { return SQLITE_OK; };

    std::vector<LogCall> take() { return std::exchange(calls_, {}); }
    int tell(const LogCall& call);

private:
    std::vector<LogCall> calls_;
};

// A connection with the pragmas that Database sets, by any VFS.
class WitnessedDatabase {
public:
    WitnessedDatabase(const std::string& path, const char* vfs);
    ~WitnessedDatabase() { sqlite3_close(connection_); }
    WitnessedDatabase(const WitnessedDatabase&) = delete;
    WitnessedDatabase& operator=(const WitnessedDatabase&) = delete;

    int run(const std::string& sql);  // the result code
    // The first column of all rows, joined by spaces, or "error N".
    std::string ask(const std::string& sql);
    bool in_transaction() const { return sqlite3_get_autocommit(connection_) == 0; }
    int changes() const { return sqlite3_total_changes(connection_); }

private:
    sqlite3* connection_ = nullptr;
};

// Where a sync takes no time, if this system has such a place: for tests that sync by the thousand.
std::string quick_place();

std::string bytes_of(const std::string& path);

}  // namespace posta::store
