#pragma once
// How much waits to be sent, and since when; for metrics. Reads only the index of the queue and one
// row.

#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "worker/store/database.h"
#include "worker/store/statement.h"

namespace posta::store {

struct OutboxLoad {
    std::int64_t depth = 0;
    std::string oldest;  // when the oldest was queued, RFC 3339; empty when nothing waits
};

class OutboxGauge {
public:
    explicit OutboxGauge(Database& database) : database_(database) {}

    Result<OutboxLoad> read();

private:
    Database& database_;
    Statement depth_{database_,
                     "SELECT count(*), min(id) FROM messages INDEXED BY messages_queue"
                     " WHERE direction = 'out' AND status IN ('pending', 'sending')"};
    Statement queued_at_{database_, "SELECT sent_at FROM messages WHERE id = ?"};
};

}  // namespace posta::store
