#include "tests/bench/ingest/rows.h"

#include <cstdio>
#include <cstdlib>

namespace posta::bench {

Rows::Rows(const std::string& path) {
    check(sqlite3_open_v2(path.c_str(), &connection_,
                          SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
                          nullptr));
    execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
        " PRAGMA temp_store = MEMORY;"
        // As the worker has them (Database::expect_many_writes at the usual memory_limit_mb).
        " PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4000");
    insert_ = prepare(
        "INSERT INTO messages (direction, peer_url, message_id, in_reply_to, payload, body_text,"
        " key_id, raw_envelope, signature, sent_at, received_at, status)"
        " VALUES ('in', ?, ?, '', ?, ?, ?, ?, ?, ?, ?, 'received')"
        " ON CONFLICT (direction, peer_url, message_id) DO NOTHING");
    queue_ = prepare(
        "INSERT INTO messages (direction, peer_url, message_id, in_reply_to, payload, body_text,"
        " sent_at, status) VALUES ('out', ?, ?, '', ?, ?, ?, 'pending')");
    words_ = prepare("INSERT INTO messages_fts (rowid, body_text) VALUES (?, ?)");
    contact_ = prepare(
        "INSERT INTO contacts (peer_url, message_count, last_message_at, created_at)"
        " VALUES (?1, 1, ?2, ?2) ON CONFLICT (peer_url) DO UPDATE SET message_count ="
        " message_count + 1, last_message_at = max(last_message_at, excluded.last_message_at)");
}

Rows::~Rows() {
    for (sqlite3_stmt* statement : {insert_, queue_, words_, contact_}) sqlite3_finalize(statement);
    sqlite3_close(connection_);
}

void Rows::execute(const char* sql) {
    check(sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr));
}

void Rows::add(const SignedMessage& message, const std::string& sender,
               std::string_view received_at) {
    text(insert_, 1, sender);
    text(insert_, 2, message.id);
    text(insert_, 3, message.text.payload);
    text(insert_, 4, message.text.body);
    text(insert_, 5, kKeyId);
    check(sqlite3_bind_blob(insert_, 6, message.envelope.data(),
                            static_cast<int>(message.envelope.size()), SQLITE_STATIC));
    check(sqlite3_bind_blob(insert_, 7, message.signature.data(),
                            static_cast<int>(message.signature.size()), SQLITE_STATIC));
    text(insert_, 8, message.sent_at);
    text(insert_, 9, received_at);
    step(insert_);
    check(sqlite3_bind_int64(words_, 1, sqlite3_last_insert_rowid(connection_)));
    text(words_, 2, message.text.body);
    step(words_);
    count(sender, received_at);
}

void Rows::queue(const SignedMessage& message, const std::string& recipient,
                 std::string_view queued_at) {
    text(queue_, 1, recipient);
    text(queue_, 2, message.id);
    text(queue_, 3, message.text.payload);
    text(queue_, 4, message.text.body);
    text(queue_, 5, queued_at);
    step(queue_);
    check(sqlite3_bind_int64(words_, 1, sqlite3_last_insert_rowid(connection_)));
    text(words_, 2, message.text.body);
    step(words_);
    count(recipient, queued_at);
}

void Rows::count(const std::string& peer, std::string_view at) {
    text(contact_, 1, peer);
    text(contact_, 2, at);
    step(contact_);
}

sqlite3_stmt* Rows::prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v3(connection_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    return statement;
}

void Rows::text(sqlite3_stmt* statement, int index, std::string_view value) {
    check(sqlite3_bind_text(statement, index, value.data(), static_cast<int>(value.size()),
                            SQLITE_STATIC));
}

void Rows::step(sqlite3_stmt* statement) {
    if (const int code = sqlite3_step(statement); code != SQLITE_DONE) check(code);
    sqlite3_reset(statement);
}

void Rows::check(int code) {
    if (code == SQLITE_OK) return;
    std::fprintf(stderr, "bench: %s\n", sqlite3_errmsg(connection_));
    std::exit(1);
}

}  // namespace posta::bench
