#include "worker/store/schema.h"

#include <algorithm>

#include "worker/store/migrate.h"

namespace posta::store {
namespace {

Result<bool> has_table(Database& database, std::string_view name) {
    Statement find(database, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
    Rows rows = find.run({name});
    return rows.next();
}

Result<std::vector<std::string>> columns_of(Database& database, const std::string& table) {
    Statement list(database, "SELECT name FROM pragma_table_info(?) ORDER BY cid");
    Rows rows = list.run({table});
    std::vector<std::string> names;
    bool more = TRY(rows.next());
    while (more) {
        names.push_back(rows.text(0));
        more = TRY(rows.next());
    }
    return names;
}

}  // namespace

Result<int> schema_version_of(Database& database) {
    const bool versioned = TRY(has_table(database, "schema_version"));
    if (versioned) {
        Statement newest(database, "SELECT max(version) FROM schema_version");
        Rows rows = newest.run();
        TRY(rows.next());
        if (!rows.is_null(0)) return static_cast<int>(rows.integer(0));
        return Error{ErrorCode::invalid, database.path() + ": table schema_version is empty"};
    }
    const bool legacy = TRY(has_table(database, "messages"));
    if (legacy) return 1;
    const std::vector<std::string> tables = TRY(tables_of(database));
    if (tables.empty()) return 0;
    return Error{ErrorCode::invalid, database.path() + " is not a Posta database: it has a table " +
                                         tables.front() + " but no messages"};
}

Result<std::vector<std::string>> tables_of(Database& database) {
    Statement list(database,
                   "SELECT name FROM sqlite_schema WHERE type = 'table'"
                   " AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT GLOB 'messages_fts_*'"
                   " AND name NOT GLOB 'sqlite_*' ORDER BY name");
    Rows rows = list.run();
    std::vector<std::string> names;
    bool more = TRY(rows.next());
    while (more) {
        names.push_back(rows.text(0));
        more = TRY(rows.next());
    }
    return names;
}

Result<std::vector<std::string>> missing_columns(Database& database, int version) {
    Database expected = TRY(Database::open(":memory:", Database::Mode::create));
    TRY(apply_plain_migrations(expected, version));
    std::vector<std::string> tables = TRY(tables_of(expected));
    tables.emplace_back("messages_fts");

    std::vector<std::string> missing;
    for (const std::string& table : tables) {
        // A version-1 database is told by the absence of this one.
        if (table == "schema_version" && version < 2) continue;
        const std::vector<std::string> found = TRY(columns_of(database, table));
        if (found.empty()) {
            missing.push_back(table + " (the whole table)");
            continue;
        }
        const std::vector<std::string> wanted = TRY(columns_of(expected, table));
        for (const std::string& column : wanted) {
            if (std::find(found.begin(), found.end(), column) == found.end())
                missing.push_back(table + "." + column);
        }
    }
    return missing;
}

Result<void> check_columns(Database& database, int version) {
    const std::vector<std::string> missing = TRY(missing_columns(database, version));
    if (missing.empty()) return {};
    std::string list;
    for (const std::string& name : missing) list += (list.empty() ? "" : ", ") + name;
    return Error{ErrorCode::invalid, database.path() + " says that it has schema version " +
                                         std::to_string(version) + ", but lacks " + list};
}

}  // namespace posta::store
