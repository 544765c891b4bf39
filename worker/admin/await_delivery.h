#pragma once
// Looks at a message in the outbox, as the identity's owner, until it is known what became of it.
//
// The worker commits a message's state to the database, and nothing that costs less tells another
// process of it: so this looks again and again, for as long as it was told, and only on behalf of
// a person who waits.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace posta::worker {

struct DeliveryState {
    std::string state;  // as in client-api.md
    int attempts = 0;
    std::string error_code;  // of the last attempt

    // Delivered, or given up.
    bool is_final() const;
};

// What it is when it is final, or when the time is over.
Result<DeliveryState> await_delivery(const std::string& directory, std::int64_t row_id,
                                     std::chrono::milliseconds patience);

}  // namespace posta::worker
