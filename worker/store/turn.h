#pragma once
// The transaction that all writes of one turn of the loop share (ARCHITECTURE.md).
//
// The first write of a turn opens it; each handler works inside its own savepoint, so that one that
// fails rolls back alone; at the end of the turn, or of one soon after (gathering.h), there is one
// commit, one fsync for the whole burst. Nothing may leave the process before that commit: answers
// wait in when_over(), events and wake-ups in after_commit(). When the commit fails, every answer
// of the turn becomes that error.
//
// A handler that only reads needs none of this, except that its answer too goes through
// when_over(): it may have seen rows that are not committed yet.

#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>
#include <vector>

#include "common/base/result.h"
#include "worker/store/database.h"
#include "worker/store/statement.h"

namespace posta::store {

class Turn {
public:
    explicit Turn(Database& database) : database_(database), statements_(database) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    // Runs `work`, a function that returns a Result, in a savepoint. When it fails its changes and
    // its after_commit() callbacks are undone; those of the turn's other handlers stay. May be
    // nested.
    template <class Work>
    std::invoke_result_t<Work&> write(Work&& work) {
        const std::size_t last_steps = before_commit_.size();
        const std::size_t callbacks = after_commit_.size();
        TRY(begin_part());
        auto outcome = work();
        if (!outcome) note_trouble(outcome.error());
        Result<void> ended = end_part(outcome.has_value());
        if (!outcome || !ended) {
            before_commit_.resize(std::min(last_steps, before_commit_.size()));
            after_commit_.resize(std::min(callbacks, after_commit_.size()));
        }
        if (outcome && !ended) return std::move(ended).error();
        return outcome;
    }

    // The same without a savepoint, which costs some of a stored message's time: for work that,
    // once it has changed something, fails only when the database does. Then the whole turn is
    // lost.
    template <class Work>
    std::invoke_result_t<Work&> join(Work&& work) {
        TRY(begin());
        const std::int64_t changes = database_.total_changes();
        auto outcome = work();
        if (!outcome) note_trouble(outcome.error());
        if (!outcome && database_.total_changes() != changes) lost_ = lost_with(outcome.error());
        return outcome;
    }

    // Runs inside the transaction, after all handlers, when it is about to be committed: for what
    // is cheaper done once a turn than in the midst of handlers. Dropped when its handler fails;
    // when it fails itself, the commit does. When no transaction is open: at once.
    Result<void> before_commit(std::function<Result<void>()> callback);

    // Runs once the turn has committed; dropped when it does not. In the order given. When no
    // transaction is open: at once.
    void after_commit(std::function<void()> callback);

    // Runs when the turn is over, after the after_commit() callbacks, with how the commit went.
    // When no transaction is open: at once.
    void when_over(std::function<void(const Result<void>&)> callback);

    // A transaction is open, finish() has something to do.
    bool is_open() const { return open_; }

    // Why the newest write could not be kept (disk full, file damaged); nothing once one has been.
    // A database that has reached its limit keeps what is small enough all the same: that trouble
    // ends when it has more room than what did not fit has found.
    const std::optional<Error>& trouble() const { return trouble_ ? trouble_ : full_; }

    // Commits and calls back. Called once at the end of each turn of the loop, and by commands
    // after their write. Without a transaction it does nothing. Callbacks may begin the next turn's
    // transaction; it is theirs to be finished later.
    Result<void> finish();

private:
    // Each runs several times a turn, so each is prepared once.
    struct Statements {
        explicit Statements(Database& database);
        Statement begin;
        Statement begin_part;
        Statement keep_part;
        Statement undo_part;
        Statement commit;
        Statement undo;
    };

    static Error lost_with(const Error& error);
    Result<void> begin();
    Result<void> begin_part();
    Result<void> end_part(bool good);
    Result<void> commit();
    Result<void> take_last_steps();
    void note_trouble(const Error& error);
    void remember(const Result<void>& committed);
    void look_for_room();
    template <class Other>
    void note_trouble(const Other&) {}  // a refusal, of whatever kind, is no trouble

    Database& database_;
    Statements statements_;
    bool open_ = false;
    int depth_ = 0;
    std::optional<Error> trouble_;
    std::optional<Error> full_;         // what did not fit under the limit has met,
    std::int64_t room_ = 0;             // and so many bytes there were for it
    std::optional<Error> trouble_now_;  // in this turn
    std::optional<Error> lost_;         // nothing of the turn will stay: all its answers get this
    std::vector<std::function<Result<void>()>> before_commit_;
    std::vector<std::function<void()>> after_commit_;
    std::vector<std::function<void(const Result<void>&)>> when_over_;
};

}  // namespace posta::store
