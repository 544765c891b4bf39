#include "worker/store/compare.h"

#include <sodium.h>
#include <sqlite3.h>

#include <bit>

#include "common/base/encoding.h"
#include "worker/store/schema.h"

namespace posta::store {
namespace {

class Digest {
public:
    Digest() { crypto_hash_sha256_init(&state_); }

    void add(std::string_view bytes) {
        const std::string length = std::to_string(bytes.size()) + ":";
        update(length);
        update(bytes);
    }
    std::string hex() {
        std::string hash(crypto_hash_sha256_BYTES, '\0');
        crypto_hash_sha256_final(&state_, reinterpret_cast<unsigned char*>(hash.data()));
        return hex_encode(hash);
    }

private:
    void update(std::string_view bytes) {
        crypto_hash_sha256_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()),
                                  bytes.size());
    }
    crypto_hash_sha256_state state_;
};

std::string quoted(const std::string& name) {
    std::string text = "\"";
    for (const char letter : name)
        text += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    return text + "\"";
}

// The value with its type, as one comparable text.
std::string typed_value(const Rows& rows, int column) {
    switch (rows.type(column)) {
        case SQLITE_INTEGER:
            return "i" + std::to_string(rows.integer(column));
        case SQLITE_FLOAT:
            return "f" + std::to_string(std::bit_cast<std::uint64_t>(rows.real(column)));
        case SQLITE_BLOB:
            return "b" + rows.text(column);
        case SQLITE_TEXT:
            return "t" + rows.text(column);
        default:
            return "n";
    }
}

// Steps through the same query on both; equal to the last value of the last row, or `conflict`.
Result<std::int64_t> compare_query(Database& original, Database& copy, const std::string& sql,
                                   const std::string& what, Digest& digest) {
    Statement original_select(original, sql);
    Statement copy_select(copy, sql);
    Rows original_rows = original_select.run();
    Rows copy_rows = copy_select.run();
    digest.add(what);
    std::int64_t count = 0;
    while (true) {
        const bool more = TRY(original_rows.next());
        const bool copy_more = TRY(copy_rows.next());
        const std::string row = what + ", row " + std::to_string(count + 1);
        if (more != copy_more)
            return Error{ErrorCode::conflict, row + (more ? " is missing in" : " is too many in") +
                                                  std::string(" the copy")};
        if (!more) return count;
        if (original_rows.column_count() != copy_rows.column_count())
            return Error{ErrorCode::conflict, what + " has other columns in the copy"};
        for (int column = 0; column < original_rows.column_count(); ++column) {
            const std::string value = typed_value(original_rows, column);
            if (value != typed_value(copy_rows, column))
                return Error{ErrorCode::conflict,
                             row + ", column " + original_rows.column_name(column) + " differs"};
            digest.add(value);
        }
        ++count;
    }
}

// Virtual tables hold nothing themselves: their content and shadow tables are in the list.
Result<std::vector<std::string>> all_tables(Database& database) {
    Statement list(database,
                   "SELECT name FROM sqlite_schema WHERE type = 'table'"
                   " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name");
    Rows rows = list.run();
    std::vector<std::string> names;
    bool more = TRY(rows.next());
    while (more) {
        names.push_back(rows.text(0));
        more = TRY(rows.next());
    }
    return names;
}

// A plain scan goes by row id, or by primary key in a table without row ids: the same order in
// both. The row id is compared too where it is not a column already.
Result<std::string> scan_of(Database& database, const std::string& table) {
    Statement shape(database, "SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'");
    Rows rows = shape.run({table});
    const bool found = TRY(rows.next());
    const bool without_row_id = found && rows.integer(0) != 0;
    return std::string("SELECT ") + (without_row_id ? "" : "rowid, ") + "* FROM " + quoted(table) +
           (without_row_id ? "" : " ORDER BY rowid");
}

Result<void> check_messages(Database& original, Database& later) {
    Statement messages(original,
                       "SELECT id, direction, payload, body_text, in_reply_to,"
                       " iif(direction = 'in', raw_envelope, NULL) FROM messages ORDER BY id");
    Statement message(later,
                      "SELECT 1 FROM messages WHERE id = ? AND direction = ? AND payload = ?"
                      " AND body_text = ? AND in_reply_to = ?"
                      " AND iif(direction = 'in', raw_envelope, NULL) IS ?");
    Rows rows = messages.run();
    bool more = TRY(rows.next());
    while (more) {
        const bool has_envelope = !rows.is_null(5);
        Rows same =
            message.run({rows.integer(0), rows.bytes(1), rows.bytes(2), rows.bytes(3),
                         rows.bytes(4), has_envelope ? Bind(Blob{rows.bytes(5)}) : Bind(nullptr)});
        const bool found = TRY(same.next());
        if (!found)
            return Error{ErrorCode::conflict, "message row " + std::to_string(rows.integer(0)) +
                                                  " is missing or another one"};
        more = TRY(rows.next());
    }
    return {};
}

Result<void> check_tokens(Database& original, Database& later) {
    Statement tokens(original, "SELECT id, token_hash FROM auth_tokens ORDER BY id");
    Statement token(later, "SELECT 1 FROM auth_tokens WHERE id = ? AND token_hash = ?");
    Rows rows = tokens.run();
    bool more = TRY(rows.next());
    while (more) {
        Rows same = token.run({rows.integer(0), Blob{rows.bytes(1)}});
        const bool found = TRY(same.next());
        if (!found)
            return Error{ErrorCode::conflict,
                         "token " + std::to_string(rows.integer(0)) + " is missing or another one"};
        more = TRY(rows.next());
    }
    return {};
}

}  // namespace

Result<Comparison> compare_databases(Database& original, Database& copy) {
    Digest digest;
    Comparison comparison;
    TRY(compare_query(original, copy,
                      "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name, type",
                      "schema", digest));
    const std::vector<std::string> tables = TRY(all_tables(original));
    for (const std::string& table : tables) {
        const std::string scan = TRY(scan_of(original, table));
        const std::int64_t rows =
            TRY(compare_query(original, copy, scan, "table " + table, digest));
        comparison.tables.push_back({table, rows});
    }
    comparison.digest = digest.hex();
    return comparison;
}

Result<void> check_grew_out_of(Database& original, Database& later) {
    TRY(check_messages(original, later));
    const int version = TRY(schema_version_of(original));
    if (version < 2) return {};  // there were no tokens yet
    return check_tokens(original, later);
}

}  // namespace posta::store
