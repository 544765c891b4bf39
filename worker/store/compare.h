#pragma once
// Whether two databases hold the same, seen row by row and value by value.
//
// Used for a copy: adoption trusts nothing that it has not compared.

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "worker/store/database.h"

namespace posta::store {

struct TableRows {
    std::string table;
    std::int64_t rows = 0;
};

struct Comparison {
    std::vector<TableRows> tables;  // by name, search index included
    std::string digest;             // SHA-256 in hex, over every value with its type
};

// Schema, then every table, every row in its order, every column: type and bytes. `conflict` names
// the first difference.
Result<Comparison> compare_databases(Database& original, Database& copy);

// Whether `later`, which may have been migrated and in use since, grew out of `original`: it has
// all messages (row id, direction, text, and what was received byte for byte) and all tokens.
// `conflict` names the first row that is missing or another one.
Result<void> check_grew_out_of(Database& original, Database& later);

}  // namespace posta::store
