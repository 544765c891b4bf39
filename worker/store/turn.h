#pragma once
// The transaction that all writes of one turn of the loop share (ARCHITECTURE.md).
//
// The first write of a turn opens it; each handler works inside its own savepoint, so that one that
// fails rolls back alone; at the end of the turn there is one commit, one fsync for the whole
// burst. Nothing may leave the process before that commit: answers wait in when_over(), events and
// wake-ups in after_commit(). When the commit fails, every answer of the turn becomes that error.
//
// A handler that only reads needs none of this, except that its answer too goes through
// when_over(): it may have seen rows that are not committed yet.

#include <functional>
#include <optional>
#include <type_traits>
#include <vector>

#include "common/base/result.h"
#include "worker/store/database.h"

namespace posta::store {

class Turn {
public:
    explicit Turn(Database& database) : database_(database) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    // Runs `work`, a function that returns a Result, in a savepoint. When it fails its changes and
    // its after_commit() callbacks are undone; those of the turn's other handlers stay. May be
    // nested.
    template <class Work>
    std::invoke_result_t<Work&> write(Work&& work) {
        const std::size_t callbacks = after_commit_.size();
        TRY(begin_part());
        auto outcome = work();
        if (!outcome) note_trouble(outcome.error());
        Result<void> ended = end_part(outcome.has_value());
        if (!outcome || !ended) after_commit_.resize(std::min(callbacks, after_commit_.size()));
        if (outcome && !ended) return std::move(ended).error();
        return outcome;
    }

    // Runs once the turn has committed; dropped when it does not. In the order given. When no
    // transaction is open: at once.
    void after_commit(std::function<void()> callback);

    // Runs when the turn is over, after the after_commit() callbacks, with how the commit went.
    // When no transaction is open: at once.
    void when_over(std::function<void(const Result<void>&)> callback);

    // A transaction is open, finish() has something to do.
    bool is_open() const { return open_; }

    // Why the newest write could not be kept (disk full, file damaged); nothing once one has been.
    const std::optional<Error>& trouble() const { return trouble_; }

    // Commits and calls back. Called once at the end of each turn of the loop, and by commands
    // after their write. Without a transaction it does nothing. Callbacks may begin the next turn's
    // transaction; it is theirs to be finished later.
    Result<void> finish();

private:
    Result<void> begin();
    Result<void> begin_part();
    Result<void> end_part(bool good);
    Result<void> commit();
    void note_trouble(const Error& error);
    template <class Other>
    void note_trouble(const Other&) {}  // a refusal, of whatever kind, is no trouble

    Database& database_;
    bool open_ = false;
    int depth_ = 0;
    std::optional<Error> trouble_;
    std::optional<Error> trouble_now_;  // in this turn
    std::optional<Error> lost_;  // SQLite undid the whole turn (full disk): all answers get this
    std::vector<std::function<void()>> after_commit_;
    std::vector<std::function<void(const Result<void>&)>> when_over_;
};

}  // namespace posta::store
