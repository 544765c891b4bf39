#pragma once
// One SQL statement, prepared at its first use and kept; and one execution of it.
//
//   Statement by_id_{database, "SELECT name FROM auth_tokens WHERE id = ?"};   // member of a store
//   Rows rows = by_id_.run({id});
//   if (TRY(rows.next())) name = rows.text(0);
//
// Rows resets the statement at its end, so keep it on the stack and let it go before the same
// statement runs again (running it twice at once is a bug of ours and ends the process).

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace posta::store {

class Database;

struct Blob {
    std::string_view bytes;
};

// A value for a `?`. Texts and blobs are bound by reference: they must outlive the Rows.
class Bind {
public:
    enum class Kind { null, integer, text, blob };

    // NOLINTBEGIN(google-explicit-constructor): run({id, name}) is the point.
    Bind(std::nullptr_t) : kind_(Kind::null) {}
    Bind(std::int64_t number) : kind_(Kind::integer), number_(number) {}
    Bind(int number) : kind_(Kind::integer), number_(number) {}
    Bind(bool flag) : kind_(Kind::integer), number_(flag ? 1 : 0) {}
    Bind(std::string_view text) : kind_(Kind::text), bytes_(text) {}
    Bind(const std::string& text) : kind_(Kind::text), bytes_(text) {}
    Bind(const char* text) : kind_(Kind::text), bytes_(text) {}
    Bind(Blob blob) : kind_(Kind::blob), bytes_(blob.bytes) {}
    // NOLINTEND(google-explicit-constructor)

    Kind kind() const { return kind_; }
    std::int64_t number() const { return number_; }
    std::string_view bytes() const { return bytes_; }

private:
    Kind kind_;
    std::int64_t number_ = 0;
    std::string_view bytes_;
};

class Rows {
public:
    // True: there is a row, the columns below are its own until the next call. False: the end.
    Result<bool> next();

    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    std::string text(int column) const;  // also for blobs: exactly the bytes
    // Views into SQLite's memory, valid until next() or the end of these Rows.
    std::string_view bytes(int column) const;
    // SQLite's type of the value: SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB, _NULL.
    int type(int column) const;
    double real(int column) const;
    int column_count() const;
    std::string column_name(int column) const;

private:
    friend class Statement;
    struct Resetter {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };

    explicit Rows(sqlite3_stmt* statement) : statement_(statement) {}
    explicit Rows(Error error) : failed_(std::move(error)) {}

    std::unique_ptr<sqlite3_stmt, Resetter> statement_;
    std::optional<Error> failed_;  // preparing or binding failed: next() tells
};

class Statement {
public:
    // `sql` is one statement; a literal or a text that outlives this object.
    Statement(Database& database, std::string_view sql);

    Rows run(std::initializer_list<Bind> values = {});
    // Runs to the end and drops the rows: INSERT, UPDATE, DELETE. The number of rows changed.
    Result<std::int64_t> execute(std::initializer_list<Bind> values = {});

private:
    Result<void> prepare();

    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    sqlite3* connection_;
    std::string_view sql_;
    std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

}  // namespace posta::store
