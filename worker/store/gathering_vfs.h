#pragma once
// SQLite's way to its files, by which each commit reaches the write-ahead log in one call instead
// of two a page. The bytes that are written, their places and their order are the same.
//
// It stands before the default VFS and passes everything on. Only what is written to a log waits
// (gathered_writes.h), and it goes to the file before
//   - a sync of the log: a commit that has returned is on the disk, as ever;
//   - a read of the log that wants some of it: a large transaction reads its own pages back;
//   - anything else that looks at the log, changes its size or closes it;
//   - a barrier and an unlocking of the index (the -shm file): by the first SQLite shows a commit
//     to others, by the second it lets them write to the log. So while anything waits this
//     connection holds the write lock, and what waits is of its own transaction.
//
// Errors. A failed write comes out of the call that made it go: with `synchronous` FULL, which is
// asked of who opens a database by this, that is the sync before the commit is shown, and SQLite
// takes the commit back as after any failed write. What waited is kept, because the transaction may
// go on (a read failed, or a statement) and counts on it; with the write lock it is forgotten: by
// then it is nobody's. A barrier cannot fail. If something waits there for all that and cannot be
// written, the process ends before the commit is shown; the next one to open the log finds it
// without that commit.
//
// Not for databases with `locking_mode` EXCLUSIVE from the start: they have no index, so a failed
// write may be told with the next commit only.

struct sqlite3_vfs;

namespace posta::store {

// Its name, for sqlite3_open_v2. The first call registers it; it is never the default.
const char* gathering_vfs();

// The same before another one than the default, to be registered by the caller. Both stay where
// they are as long as it is.
sqlite3_vfs gathering_before(sqlite3_vfs& below, const char* name);

}  // namespace posta::store
