#include "worker/store/turn.h"

#include <utility>

namespace posta::store {

// IMMEDIATE: a transaction that reads first and writes later could not wait for another process
// (SQLITE_BUSY_SNAPSHOT).
Result<void> Turn::begin() {
    if (open_) return {};
    Result<void> begun = database_.execute("BEGIN IMMEDIATE");
    if (begun) {
        open_ = true;
    } else {
        trouble_ = begun.error();
    }
    return begun;
}

Result<void> Turn::begin_part() {
    if (lost_) return *lost_;
    TRY(begin());
    TRY(database_.execute("SAVEPOINT handler"));
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
    if (good) return database_.execute("RELEASE handler");
    return database_.execute("ROLLBACK TO handler; RELEASE handler");
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

Result<void> Turn::commit() {
    if (lost_) return *lost_;
    Result<void> committed = database_.execute("COMMIT");
    // A failed COMMIT may leave the transaction open: the next turn must not inherit it.
    if (!committed && database_.in_transaction()) {
        const Result<void> undone = database_.execute("ROLLBACK");
        CHECK(undone.has_value() || !database_.in_transaction());
    }
    return committed;
}

Result<void> Turn::finish() {
    if (!open_) return {};
    CHECK(depth_ == 0);
    const Result<void> committed = commit();
    open_ = false;
    lost_.reset();
    trouble_ = std::exchange(trouble_now_, std::nullopt);
    if (!committed) trouble_ = committed.error();
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
