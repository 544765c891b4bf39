#pragma once
// What the tests of migrations look at: a database as plain text, row by row.

#include <map>
#include <string>
#include <vector>

#include "worker/store/database.h"

namespace posta::store {

// Every row of the query, its columns joined by '|'.
inline std::vector<std::string> rows_of(Database& database, const std::string& sql) {
    Statement select(database, sql);
    Rows rows = select.run();
    std::vector<std::string> found;
    while (true) {
        const Result<bool> more = rows.next();
        if (!more) {
            found.push_back("error: " + more.error().message);
            return found;
        }
        if (!*more) return found;
        std::string line;
        for (int column = 0; column < rows.column_count(); ++column)
            line += rows.text(column) + (rows.is_null(column) ? "NULL|" : "|");
        found.push_back(std::move(line));
    }
}

// Everything that a migration may never change or lose, by name of the part.
inline std::map<std::string, std::vector<std::string>> unchanging(Database& database) {
    return {
        {"messages", rows_of(database,
                             "SELECT id, direction, message_id, in_reply_to, payload, body_text,"
                             " key_id, hex(raw_envelope), hex(signature), sent_at, received_at,"
                             " status, attempts, next_attempt_at, last_error_code FROM messages"
                             " ORDER BY id")},
        {"tokens", rows_of(database,
                           "SELECT id, name, hex(token_hash), created_at, last_seen_at, revoked_at"
                           " FROM auth_tokens ORDER BY id")},
        {"identity", rows_of(database, "SELECT * FROM identity")},
        {"devices", rows_of(database, "SELECT * FROM devices")},
        {"search", rows_of(database,
                           "SELECT rowid FROM messages_fts WHERE messages_fts MATCH 'bergen OR "
                           "kaia OR κόσμε' ORDER BY rowid")},
        {"contact totals", rows_of(database,
                                   "SELECT sum(message_count), max(last_message_at), sum(pinned)"
                                   " FROM contacts")},
    };
}

// All of a migrated database, apart from when it was migrated.
inline std::vector<std::string> everything(Database& database) {
    std::vector<std::string> all;
    for (const char* sql :
         {"SELECT * FROM messages ORDER BY id", "SELECT rowid, * FROM contacts ORDER BY rowid",
          "SELECT * FROM auth_tokens ORDER BY id", "SELECT * FROM identity",
          "SELECT version FROM schema_version ORDER BY version",
          "SELECT type, name, sql FROM sqlite_schema ORDER BY name",
          "SELECT id, hex(block) FROM messages_fts_data ORDER BY id"}) {
        for (std::string& row : rows_of(database, sql)) all.push_back(std::move(row));
    }
    return all;
}

}  // namespace posta::store
