#include "worker/store/progress.h"

#include <sqlite3.h>

namespace posta::store {
namespace {

constexpr int kInstructions = 1'000'000;  // of SQLite's machine: some ten milliseconds

int tell(void* on_progress) noexcept {
    (*static_cast<OnProgress*>(on_progress))();
    return 0;  // go on
}

}  // namespace

Progress::Progress(Database& database, const OnProgress& on_progress) : database_(database) {
    sqlite3_progress_handler(database.connection(), kInstructions, tell,
                             const_cast<OnProgress*>(&on_progress));
}

Progress::~Progress() { sqlite3_progress_handler(database_.connection(), 0, nullptr, nullptr); }

}  // namespace posta::store
