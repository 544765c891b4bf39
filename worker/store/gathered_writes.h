#pragma once
// Writes to one open file that continue each other, held until they go to the file in one call.
//
// SQLite writes its log with two calls a page, and most of what such a call costs it costs once.
// What is held counts as written to whoever wrote it, so nothing of it is lost by a failure: it
// stays held, and the next flush() tries again. Whoever lets others look at the file flushes first.
//
// Knows nothing of logs and transactions. The file is a sqlite3_file that is open and outlives
// this.

#include <sqlite3.h>

#include <memory>

namespace posta::store {

class GatheredWrites {
public:
    // The largest page that a database can have, so what any VFS has to take in one call. (SQLite's
    // own for Unix takes less than 128 KiB, and calls the disk full when it is given more.)
    static constexpr int kMostBytes = 64 * 1024;

    explicit GatheredWrites(sqlite3_file* file) : file_(file) {}

    // As xWrite. What does not continue the bytes that are held, or has no room behind them, makes
    // these go first; when they cannot, the new ones are not taken and the error is returned.
    int write(const void* bytes, int count, sqlite3_int64 at);

    // The file's own error, as it is; the bytes are still held then.
    int flush();

    // Without them the file reads as if they had never been written.
    void forget() { count_ = 0; }

    bool overlap(int count, sqlite3_int64 at) const {
        return at < begin_ + count_ && begin_ < at + count;
    }

    // Gives the memory back. Nothing may be held.
    void release();

private:
    sqlite3_file* file_;
    std::unique_ptr<char[]> bytes_;  // none before the first write and after release()
    int count_ = 0;                  // of bytes held
    sqlite3_int64 begin_ = 0;        // where in the file they belong
};

}  // namespace posta::store
