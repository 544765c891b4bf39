#include "worker/store/message_keys.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace posta::store {
namespace {

Result<bool> keys_are_unique(Database& database) {
    Statement find(database,
                   "SELECT 1 FROM pragma_index_list('messages') AS list"
                   " WHERE list.\"unique\" AND NOT list.partial"
                   " AND (SELECT group_concat(coalesce(name, 'an expression')) FROM"
                   "      (SELECT name FROM pragma_index_info(list.name) ORDER BY name))"
                   " = 'direction,message_id,peer_url'");
    Rows rows = find.run();
    return rows.next();
}

struct Duplicate {
    std::int64_t row_id;
    std::int64_t first_row_id;
    MessageKey key;
};

Result<std::vector<Duplicate>> find_duplicates(Database& database) {
    Statement list(database,
                   "SELECT id, first, direction, peer_url, message_id FROM"
                   " (SELECT id, direction, peer_url, message_id, min(id) OVER"
                   "  (PARTITION BY direction, peer_url, message_id) AS first FROM messages)"
                   " WHERE id <> first ORDER BY id");
    Rows rows = list.run();
    std::vector<Duplicate> duplicates;
    bool more = TRY(rows.next());
    while (more) {
        duplicates.push_back(
            {rows.integer(0), rows.integer(1), {rows.text(2), rows.text(3), rows.text(4)}});
        more = TRY(rows.next());
    }
    return duplicates;
}

Result<void> part_all(const std::vector<Duplicate>& duplicates, Database& database, Log& log) {
    MessageParter parter(database, log);
    for (const Duplicate& duplicate : duplicates)
        TRY(parter.part(duplicate.first_row_id, duplicate.row_id, duplicate.key,
                        duplicate.key.peer));
    return {};
}

}  // namespace

Result<std::optional<std::int64_t>> MessageParter::find(const MessageKey& key) {
    Rows rows = find_.run({key.direction, key.peer, key.message_id});
    const bool found = TRY(rows.next());
    if (!found) return std::optional<std::int64_t>{};
    return std::optional<std::int64_t>(rows.integer(0));
}

Result<void> MessageParter::part(std::int64_t one, std::int64_t other, const MessageKey& key,
                                 const std::string& other_peer) {
    const std::int64_t younger = std::max(one, other);
    std::string new_id = key.message_id + "~" + std::to_string(younger);
    while (true) {
        const std::optional<std::int64_t> taken = TRY(find({key.direction, key.peer, new_id}));
        const std::optional<std::int64_t> taken_there =
            TRY(find({key.direction, other_peer, new_id}));
        if (!taken && !taken_there) break;
        new_id += "~";
    }
    TRY(rename_.execute({new_id, younger}));
    TRY(unqueue_.execute({younger}));
    log_.warn("two messages became one key; the younger got a new message id",
              {{"peer", key.peer},
               {"older_row", std::min(one, other)},
               {"younger_row", younger},
               {"message_id", key.message_id},
               {"new_message_id", new_id}});
    return {};
}

Result<std::int64_t> make_message_keys_unique(Database& database, Log& log) {
    const bool unique = TRY(keys_are_unique(database));
    if (unique) return std::int64_t{0};
    // Not unique yet, so that names that are free are found quickly.
    TRY(database.execute(
        "DROP INDEX IF EXISTS messages_dedup;"
        "CREATE INDEX messages_dedup ON messages (direction, peer_url, message_id)"));
    const std::vector<Duplicate> duplicates = TRY(find_duplicates(database));
    TRY(part_all(duplicates, database, log));
    TRY(database.execute(
        "DROP INDEX messages_dedup;"
        "CREATE UNIQUE INDEX messages_dedup ON messages (direction, peer_url, message_id)"));
    return static_cast<std::int64_t>(duplicates.size());
}

}  // namespace posta::store
