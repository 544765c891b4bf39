#include "worker/store/turn.h"

#include <utility>

#include "worker/store/sqlite_error.h"

namespace posta::store {

// IMMEDIATE: a transaction that reads first and writes later could not wait for another process
// (SQLITE_BUSY_SNAPSHOT).
Turn::Statements::Statements(Database& database)
    : begin(database, "BEGIN IMMEDIATE"),
      begin_part(database, "SAVEPOINT handler"),
      keep_part(database, "RELEASE handler"),
      undo_part(database, "ROLLBACK TO handler"),
      commit(database, "COMMIT"),
      undo(database, "ROLLBACK") {}

Error Turn::lost_with(const Error& error) {
    return {ErrorCode::unavailable, "a write failed midway: " + error.message};
}

Result<void> Turn::begin() {
    if (lost_) return *lost_;
    if (open_) return {};
    const auto begun = statements_.begin.execute();
    if (!begun) {
        trouble_ = begun.error();
        return begun.error();
    }
    open_ = true;
    return {};
}

Result<void> Turn::begin_part() {
    TRY(begin());
    TRY(statements_.begin_part.execute());
    ++depth_;
    return {};
}

Result<void> Turn::end_part(bool good) {
    --depth_;
    if (!database_.in_transaction()) {
        lost_ = Error{ErrorCode::unavailable,
                      "the database undid this turn's writes (disk full or read error)"};
        return *lost_;
    }
    if (!good) TRY(statements_.undo_part.execute());
    TRY(statements_.keep_part.execute());
    return {};
}

Result<void> Turn::before_commit(std::function<Result<void>()> callback) {
    if (!open_) return callback();
    before_commit_.push_back(std::move(callback));
    return {};
}

void Turn::after_commit(std::function<void()> callback) {
    if (!open_) return callback();
    after_commit_.push_back(std::move(callback));
}

void Turn::when_over(std::function<void(const Result<void>&)> callback) {
    if (!open_) return callback(Result<void>{});
    when_over_.push_back(std::move(callback));
}

// What the client did wrong, and what is not there, are answers and no trouble.
void Turn::note_trouble(const Error& error) {
    if (error.code == ErrorCode::unavailable || error.code == ErrorCode::io) trouble_now_ = error;
}

void Turn::remember(const Result<void>& committed) {
    trouble_ = std::exchange(trouble_now_, std::nullopt);
    // What lost the turn is the better reason.
    const bool has_reason = lost_ && trouble_;
    if (!committed && !has_reason) trouble_ = committed.error();
    if (full_ || (trouble_ && says_full(*trouble_))) look_for_room();
}

// With more room than any message takes it is the disk that is full: the next write that is kept
// tells that it no longer is.
void Turn::look_for_room() {
    constexpr std::int64_t kMostOfAMessage = 1024 * 1024;
    const auto left = database_.bytes_left();
    if (!left) return;  // cannot be asked: as it was
    if (trouble_ && says_full(*trouble_)) {
        full_ = *left <= kMostOfAMessage ? trouble_ : std::nullopt;
        room_ = *left;
    } else if (*left > room_) {
        full_.reset();
    }
}

Result<void> Turn::take_last_steps() {
    for (const auto& step : std::exchange(before_commit_, {})) TRY(step());
    TRY(statements_.commit.execute());
    return {};
}

Result<void> Turn::commit() {
    Result<void> committed = lost_ ? Result<void>(*lost_) : take_last_steps();
    // What fails may leave the transaction open: the next turn must not inherit it.
    if (!committed && database_.in_transaction()) {
        const auto undone = statements_.undo.execute();
        CHECK(undone.has_value() || !database_.in_transaction());
    }
    return committed;
}

Result<void> Turn::finish() {
    if (!open_) return {};
    CHECK(depth_ == 0);
    const Result<void> committed = commit();
    open_ = false;
    remember(committed);
    lost_.reset();
    before_commit_.clear();
    // The callbacks may write again: they find an empty turn.
    const auto publish = std::exchange(after_commit_, {});
    const auto answers = std::exchange(when_over_, {});
    if (committed) {
        for (const auto& callback : publish) callback();
    }
    for (const auto& callback : answers) callback(committed);
    return committed;
}

}  // namespace posta::store
