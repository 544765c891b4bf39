#include "worker/store/temporary_files.h"

#include <sqlite3.h>

#include <filesystem>
#include <string_view>
#include <utility>

namespace posta::store {
namespace {

constexpr std::string_view kNamesOfSqlite = "etilqs_";

// nullptr: SQLite looks for a place itself again.
void set_directory(const char* directory) {
    sqlite3_free(sqlite3_temp_directory);
    sqlite3_temp_directory = directory != nullptr ? sqlite3_mprintf("%s", directory) : nullptr;
}

void remove_what_is_left(const std::filesystem::path& directory) {
    std::error_code error;
    std::filesystem::directory_iterator entries(directory, error);
    while (!error && entries != std::filesystem::directory_iterator()) {
        const std::filesystem::path path = entries->path();
        entries.increment(error);
        std::error_code failed;  // then it is there the next time too
        if (path.filename().string().starts_with(kNamesOfSqlite))
            std::filesystem::remove(path, failed);
    }
}

}  // namespace

Result<TemporaryFiles> TemporaryFiles::beside(Database& database) {
    if (database.path() == ":memory:") return TemporaryFiles(nullptr);
    const std::filesystem::path parent = std::filesystem::path(database.path()).parent_path();
    const std::string directory = parent.empty() ? "." : parent.string();
    remove_what_is_left(directory);
    TRY(database.execute("PRAGMA temp_store = FILE"));
    set_directory(directory.c_str());
    return TemporaryFiles(&database);
}

void TemporaryFiles::Undo::operator()(Database* database) const noexcept {
    set_directory(nullptr);
    // Refused inside a transaction, in which nobody is here any more.
    sqlite3_exec(database->connection(), "PRAGMA temp_store = MEMORY", nullptr, nullptr, nullptr);
}

}  // namespace posta::store
