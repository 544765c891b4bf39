#include "worker/store/idempotency_store.h"

#include "common/base/rfc3339.h"

namespace posta::store {
namespace {

constexpr std::chrono::hours kKept{24};

}  // namespace

Result<std::optional<IdempotencyStore::Remembered>> IdempotencyStore::find(std::int64_t token_id,
                                                                           std::string_view key) {
    const std::string oldest = oldest_kept();
    Rows rows = find_.run({token_id, key, oldest});
    const bool found = TRY(rows.next());
    if (!found) return std::optional<Remembered>();
    return std::optional(Remembered{rows.integer(0), rows.text(1)});
}

Result<void> IdempotencyStore::remember(std::int64_t token_id, std::string_view key,
                                        std::int64_t row_id, std::string_view payload_hash) {
    const std::string oldest = oldest_kept();
    const std::string now = format_time(clock_.now());
    TRY(forget_.execute({oldest}));
    TRY(remember_.execute({token_id, key, row_id, Blob{payload_hash}, now}));
    return {};
}

std::string IdempotencyStore::oldest_kept() const { return format_time(clock_.now() - kKept); }

}  // namespace posta::store
