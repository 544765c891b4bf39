#include "worker/store/statement.h"

#include <sqlite3.h>

#include "worker/store/database.h"
#include "worker/store/sqlite_error.h"

namespace posta::store {
namespace {

int bind_one(sqlite3_stmt* statement, int index, const Bind& value) {
    const std::string_view bytes = value.bytes();
    // A null pointer would be bound as NULL: an empty text has to point somewhere.
    const char* data = bytes.data() == nullptr ? "" : bytes.data();
    switch (value.kind()) {
        case Bind::Kind::null:
            return sqlite3_bind_null(statement, index);
        case Bind::Kind::integer:
            return sqlite3_bind_int64(statement, index, value.number());
        case Bind::Kind::text:
            return sqlite3_bind_text64(statement, index, data, bytes.size(), SQLITE_STATIC,
                                       SQLITE_UTF8);
        case Bind::Kind::blob:
            return sqlite3_bind_blob64(statement, index, data, bytes.size(), SQLITE_STATIC);
    }
    CHECK(false);
}

Error failure_of(sqlite3_stmt* statement) {
    return last_error(sqlite3_db_handle(statement), "database");
}

}  // namespace

void Rows::Resetter::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

Result<bool> Rows::next() {
    if (failed_) return *failed_;
    CHECK(statement_ != nullptr);
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return failure_of(statement_.get());
}

bool Rows::is_null(int column) const { return type(column) == SQLITE_NULL; }

std::int64_t Rows::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string Rows::text(int column) const { return std::string(bytes(column)); }

std::string_view Rows::bytes(int column) const {
    const void* data =
        type(column) == SQLITE_BLOB
            ? sqlite3_column_blob(statement_.get(), column)
            : static_cast<const void*>(sqlite3_column_text(statement_.get(), column));
    if (data == nullptr) return {};
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

int Rows::type(int column) const { return sqlite3_column_type(statement_.get(), column); }

double Rows::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

int Rows::column_count() const { return sqlite3_column_count(statement_.get()); }

std::string Rows::column_name(int column) const {
    return sqlite3_column_name(statement_.get(), column);
}

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

Statement::Statement(Database& database, std::string_view sql)
    : connection_(database.connection()), sql_(sql) {}

Result<void> Statement::prepare() {
    if (statement_) return {};
    sqlite3_stmt* prepared = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(connection_, sql_.data(), static_cast<int>(sql_.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, &rest);
    statement_.reset(prepared);
    if (code != SQLITE_OK) return last_error(connection_, "database: " + std::string(sql_));
    CHECK(statement_ != nullptr && rest == sql_.data() + sql_.size());
    return {};
}

Rows Statement::run(std::initializer_list<Bind> values) {
    Result<void> prepared = prepare();
    if (!prepared) return Rows(std::move(prepared).error());
    sqlite3_stmt* statement = statement_.get();
    CHECK(sqlite3_stmt_busy(statement) == 0);
    CHECK(static_cast<int>(values.size()) == sqlite3_bind_parameter_count(statement));
    int index = 0;
    for (const Bind& value : values) {
        if (bind_one(statement, ++index, value) != SQLITE_OK) return Rows(failure_of(statement));
    }
    return Rows(statement);
}

Result<std::int64_t> Statement::execute(std::initializer_list<Bind> values) {
    const std::int64_t before = sqlite3_total_changes64(connection_);
    {
        Rows rows = run(values);
        bool more = true;
        while (more) more = TRY(rows.next());
    }
    // The total tells whether there was a change at all, but counts those of triggers too.
    const bool changed = sqlite3_total_changes64(connection_) != before;
    return changed ? sqlite3_changes64(connection_) : 0;
}

}  // namespace posta::store
