#pragma once
// What a client asked for already under an Idempotency-Key, for 24 hours (client-api.md).
//
// Look-up and remembering belong in the transaction that queues the message: then the same request
// sent twice, even at once, queues one message.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "worker/store/database.h"

namespace posta::store {

class IdempotencyStore {
public:
    IdempotencyStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

    struct Remembered {
        std::int64_t row_id;
        std::string payload_hash;
    };
    // A key means something for one token only.
    Result<std::optional<Remembered>> find(std::int64_t token_id, std::string_view key);
    // Forgets what is too old on the way.
    Result<void> remember(std::int64_t token_id, std::string_view key, std::int64_t row_id,
                          std::string_view payload_hash);

private:
    std::string oldest_kept() const;

    Database& database_;
    const Clock& clock_;
    Statement find_{database_,
                    "SELECT row_id, payload_hash FROM idempotency_keys"
                    " WHERE token_id = ? AND idempotency_key = ? AND created_at > ?"};
    Statement forget_{database_, "DELETE FROM idempotency_keys WHERE created_at <= ?"};
    Statement remember_{database_,
                        "INSERT INTO idempotency_keys (token_id, idempotency_key, row_id,"
                        " payload_hash, created_at) VALUES (?, ?, ?, ?, ?)"};
};

}  // namespace posta::store
