#pragma once
// While it lives, somebody is told that the statements of a database get on, some times a second;
// but not within one sort or one commit, which is one step of SQLite's and may take minutes with
// millions of rows. One of these at a time for a connection.

#include <functional>

#include "worker/store/database.h"

namespace posta::store {

using OnProgress = std::function<void()>;
inline void ignore_progress() {}

class Progress {
public:
    // Both must outlive it.
    Progress(Database& database, const OnProgress& on_progress);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

private:
    Database& database_;
};

}  // namespace posta::store
