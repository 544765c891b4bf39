#pragma once
// While it lives, SQLite sorts in files of the database's own directory instead of in memory.
//
// To build an index over millions of rows takes more memory than a tenant may have, and the
// sandbox lets a worker write in no other place. SQLite removes the name of such a file as soon as
// it has opened it, so nothing stays when the process is killed; a name that was caught between the
// two is removed here, the next time. SQLite has one such setting a process: there is one of these
// at a time, and only while nobody else migrates (migrate holds the lock on the directory).

#include <memory>
#include <string>

#include "common/base/result.h"
#include "worker/store/database.h"

namespace posta::store {

class TemporaryFiles {
public:
    // For a database in memory there is no directory, and nothing changes.
    static Result<TemporaryFiles> beside(Database& database);

private:
    struct Undo {
        void operator()(Database* database) const noexcept;
    };
    explicit TemporaryFiles(Database* database) : database_(database) {}
    std::unique_ptr<Database, Undo> database_;
};

}  // namespace posta::store
