#pragma once
// What the bare cost and the filling do to a database: the same rows in the same tables as the
// worker writes, by the shortest way through SQLite. Any error ends the program.

#include <sqlite3.h>

#include <string>
#include <string_view>

#include "tests/bench/ingest/messages.h"

namespace posta::bench {

class Rows {
public:
    explicit Rows(const std::string& path);
    ~Rows();
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    void execute(const char* sql);
    // A message, its words in the index, its sender among the contacts.
    void add(const SignedMessage& message, const std::string& sender, std::string_view received_at);
    // The same for one that a client of this identity queues.
    void queue(const SignedMessage& message, const std::string& recipient,
               std::string_view queued_at);

private:
    void count(const std::string& peer, std::string_view at);
    sqlite3_stmt* prepare(const char* sql);
    void text(sqlite3_stmt* statement, int index, std::string_view value);
    void step(sqlite3_stmt* statement);
    void check(int code);

    sqlite3* connection_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    sqlite3_stmt* queue_ = nullptr;
    sqlite3_stmt* words_ = nullptr;
    sqlite3_stmt* contact_ = nullptr;
};

}  // namespace posta::bench
