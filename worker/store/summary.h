#pragma once
// A database in numbers, for reports: what an operator compares before and after.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "worker/store/database.h"

namespace posta::store {

struct Summary {
    int version = 0;
    std::optional<std::string> url;  // of the identity row
    std::string name;
    std::int64_t messages_in = 0;
    std::int64_t messages_out = 0;
    std::int64_t contacts = 0;
    std::int64_t tokens_active = 0;
    std::int64_t tokens_revoked = 0;
    std::vector<std::pair<std::string, std::int64_t>> outbox;  // rows by state, by name
};

Result<Summary> summarise(Database& database);

// `conflict` when the full-text index does not match the messages. Changes nothing.
Result<void> check_search_index(Database& database);

}  // namespace posta::store
