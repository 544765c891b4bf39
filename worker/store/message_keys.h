#pragma once
// The key of a message, (direction, peer, message id), while a migration makes it one row's own.
//
// No message is ever dropped, and all keep their row ids, bytes and order. Where two rows have one
// key, the older one keeps its message id and the younger one gets "~<row id>" behind it. If the
// younger one was still to be sent it becomes `failed-permanent` with `duplicate-id`: its twin
// carries the same id to the same peer, and sending it under a new id would deliver it twice. Each
// is logged.

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/log.h"
#include "common/base/result.h"
#include "worker/store/database.h"
#include "worker/store/statement.h"

namespace posta::store {

struct MessageKey {
    std::string direction;
    std::string peer;
    std::string message_id;
};

class MessageParter {
public:
    MessageParter(Database& database, Log& log) : database_(database), log_(log) {}

    // The row that has it.
    Result<std::optional<std::int64_t>> find(const MessageKey& key);

    // Two rows with one key, or with what will be one. The new id is free under `other_peer`, too.
    Result<void> part(std::int64_t one, std::int64_t other, const MessageKey& key,
                      const std::string& other_peer);

private:
    Database& database_;
    Log& log_;
    Statement find_{database_,
                    "SELECT id FROM messages WHERE direction = ? AND peer_url = ?"
                    " AND message_id = ?"};
    Statement rename_{database_, "UPDATE messages SET message_id = ? WHERE id = ?"};
    Statement unqueue_{database_,
                       "UPDATE messages SET status = 'failed-permanent', next_attempt_at = '',"
                       " last_error_code = 'duplicate-id'"
                       " WHERE id = ? AND direction = 'out' AND status IN ('pending', 'sending')"};
};

// Sees to it that an index forbids two rows with one key, which a legacy database need not have.
// How many message ids had to change. Inside the caller's transaction.
Result<std::int64_t> make_message_keys_unique(Database& database, Log& log);

}  // namespace posta::store
