#pragma once
// What is still to be sent, peer by peer (wire.md section 6).
//
// A peer's queue is its outbound messages in `pending` or `sending`, by row: only the first one is
// ever tried, so messages to one peer leave in the order in which they were queued.
//
// Writes join the turn's transaction when there is one; each is whole by itself otherwise.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "worker/store/database.h"

namespace posta::store {

struct Queued {
    std::int64_t row_id = 0;
    std::string id;
    std::string peer;
    std::string payload;
    std::string in_reply_to;
    int attempts = 0;             // so far
    std::string next_attempt_at;  // empty: at once
    std::string last_error_code;  // empty: none
};

class OutboxStore {
public:
    explicit OutboxStore(Database& database) : database_(database) {}

    // What a process that died was sending: whether it arrived is not known, so it is tried again
    // under the same id. That attempt has not failed, and is not counted. At start-up only.
    Result<void> take_back_unfinished();
    Result<std::vector<std::string>> peers_with_work();
    Result<std::optional<Queued>> first_for(std::string_view peer);

    Result<void> set_sending(std::int64_t row_id, std::string_view key_id);
    Result<void> set_delivered(std::int64_t row_id);
    // These two leave a message alone that is not `sending` any more: while a worker drains, its
    // successor may have delivered what this one waited for.
    Result<void> set_waiting(std::int64_t row_id, std::string_view next_attempt_at,
                             std::string_view error_code);
    // `state` is one of the two failed ones.
    Result<void> set_failed(std::int64_t row_id, std::string_view state,
                            std::string_view error_code);
    // A person asks for another try: from either failed state, with all attempts before it again.
    // False when the message is in another state or does not exist.
    Result<bool> retry(std::int64_t row_id);

private:
    Database& database_;
    // The index holds what is queued and no more. SQLite would rather look at everything that was
    // ever sent, at each start, if it were not named.
    Statement take_back_{database_,
                         "UPDATE messages INDEXED BY messages_queue SET status = 'pending',"
                         " next_attempt_at = '', attempts = max(attempts - 1, 0)"
                         " WHERE direction = 'out' AND status IN ('pending', 'sending')"
                         " AND status = 'sending'"};
    Statement peers_{database_,
                     "SELECT DISTINCT peer_url FROM messages INDEXED BY messages_queue"
                     " WHERE direction = 'out' AND status IN ('pending', 'sending')"};
    Statement first_{database_,
                     "SELECT id, message_id, peer_url, payload, in_reply_to, attempts,"
                     " next_attempt_at, last_error_code FROM messages"
                     " WHERE direction = 'out' AND status IN ('pending', 'sending')"
                     " AND peer_url = ? ORDER BY id LIMIT 1"};
    Statement set_sending_{database_,
                           "UPDATE messages SET status = 'sending', attempts = attempts + 1,"
                           " next_attempt_at = '', key_id = ?2 WHERE id = ?1"};
    Statement set_delivered_{database_,
                             "UPDATE messages SET status = 'delivered', last_error_code = ''"
                             " WHERE id = ?"};
    Statement set_waiting_{database_,
                           "UPDATE messages SET status = 'pending', next_attempt_at = ?2,"
                           " last_error_code = ?3 WHERE id = ?1 AND status = 'sending'"};
    Statement set_failed_{database_,
                          "UPDATE messages SET status = ?2, last_error_code = ?3"
                          " WHERE id = ?1 AND status = 'sending'"};
    Statement retry_{database_,
                     "UPDATE messages SET status = 'pending', attempts = 0, next_attempt_at = ''"
                     " WHERE id = ? AND direction = 'out'"
                     " AND status IN ('failed-permanent', 'failed-pending-user')"};
};

}  // namespace posta::store
