#pragma once
// The SQL of the migrations, put into the program at build time (migrations/embed.py), so that a
// worker in its sandbox needs no file for it. Released files are never edited.

#include <array>
#include <string_view>

namespace posta::store {

struct MigrationSql {
    int version;
    std::string_view sql;
};

constexpr std::size_t kMigrationSqlCount = 10;  // 1 to 11 without 6, which is code

// Ordered by version.
const std::array<MigrationSql, kMigrationSqlCount>& migration_sql();

}  // namespace posta::store
