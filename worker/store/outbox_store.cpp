#include "worker/store/outbox_store.h"

namespace posta::store {

Result<void> OutboxStore::take_back_unfinished() {
    TRY(take_back_.execute());
    return {};
}

Result<std::vector<std::string>> OutboxStore::peers_with_work() {
    Rows rows = peers_.run();
    std::vector<std::string> peers;
    bool more = TRY(rows.next());
    while (more) {
        peers.push_back(rows.text(0));
        more = TRY(rows.next());
    }
    return peers;
}

Result<std::optional<Queued>> OutboxStore::first_for(std::string_view peer) {
    Rows rows = first_.run({peer});
    const bool found = TRY(rows.next());
    if (!found) return std::optional<Queued>();
    Queued queued;
    queued.row_id = rows.integer(0);
    queued.id = rows.text(1);
    queued.peer = rows.text(2);
    queued.payload = rows.text(3);
    queued.in_reply_to = rows.text(4);
    queued.attempts = static_cast<int>(rows.integer(5));
    queued.next_attempt_at = rows.text(6);
    queued.last_error_code = rows.text(7);
    return std::optional(std::move(queued));
}

Result<void> OutboxStore::set_sending(std::int64_t row_id, std::string_view key_id) {
    TRY(set_sending_.execute({row_id, key_id}));
    return {};
}

Result<void> OutboxStore::set_delivered(std::int64_t row_id) {
    TRY(set_delivered_.execute({row_id}));
    return {};
}

Result<void> OutboxStore::set_waiting(std::int64_t row_id, std::string_view next_attempt_at,
                                      std::string_view error_code) {
    TRY(set_waiting_.execute({row_id, next_attempt_at, error_code}));
    return {};
}

Result<void> OutboxStore::set_failed(std::int64_t row_id, std::string_view state,
                                     std::string_view error_code) {
    TRY(set_failed_.execute({row_id, state, error_code}));
    return {};
}

Result<bool> OutboxStore::retry(std::int64_t row_id) {
    const std::int64_t changed = TRY(retry_.execute({row_id}));
    return changed == 1;
}

}  // namespace posta::store
