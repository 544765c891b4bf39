#pragma once
// The participants that this identity has to do with: added by hand, or by a message in either
// direction.
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

struct Contact {
    std::string peer;  // canonical
    std::string name;
    std::string about;
    std::string avatar;
    std::string kind;
    bool pinned = false;
    std::string last_message_at;  // empty: never
    std::int64_t last_read_row_id = 0;
    std::int64_t unread_count = 0;
};

class ContactStore {
public:
    explicit ContactStore(Database& database) : database_(database) {}

    // Whether the ACL `contacts` admits this sender. `peer` is canonical, here and below.
    Result<bool> contains(std::string_view peer);

    // Counts a message with the peer. True when that made it a contact.
    Result<bool> note_message(std::string_view peer, std::string_view at);

    Result<std::vector<Contact>> list();  // the newest message first
    Result<std::optional<Contact>> find(std::string_view peer);

    // False when there was nothing to do: it is there already, it is not there, the mark is there
    // or further. One that is added again finds the messages that it had.
    Result<bool> add(std::string_view peer, std::string_view at);
    Result<bool> set_pinned(std::string_view peer, bool pinned);
    // What the contact's own document says. False when it said so before.
    struct Card {
        std::string_view name;
        std::string_view about;
        std::string_view avatar;
        std::string_view kind;
    };
    Result<bool> set_card(std::string_view peer, const Card& card);
    Result<bool> remove(std::string_view peer);  // the messages stay
    Result<bool> advance_read_mark(std::string_view peer, std::int64_t row_id);

private:
    Database& database_;
    Statement contains_{database_, "SELECT 1 FROM contacts WHERE peer_url = ?"};
    Statement note_message_{database_,
                            "UPDATE contacts SET message_count = message_count + 1,"
                            " last_message_at = max(last_message_at, ?2) WHERE peer_url = ?1"};
    Statement meet_{database_,
                    "INSERT INTO contacts (peer_url, message_count, last_message_at, created_at)"
                    " VALUES (?1, 1, ?2, ?2)"};
    Statement list_{
        database_,
        "SELECT peer_url, name, about, avatar, kind, pinned, last_message_at,"
        " last_read_row_id, unread_count FROM contacts ORDER BY last_message_at DESC, peer_url"};
    Statement find_{database_,
                    "SELECT peer_url, name, about, avatar, kind, pinned, last_message_at,"
                    " last_read_row_id, unread_count FROM contacts WHERE peer_url = ?"};
    Statement add_{database_,
                   "INSERT INTO contacts (peer_url, created_at, last_message_at)"
                   " VALUES (?1, ?2, coalesce((SELECT iif(direction = 'in', received_at, sent_at)"
                   " FROM messages WHERE peer_url = ?1 ORDER BY id DESC LIMIT 1), ''))"
                   " ON CONFLICT (peer_url) DO NOTHING"};
    Statement set_pinned_{database_, "UPDATE contacts SET pinned = ?2 WHERE peer_url = ?1"};
    Statement set_card_{database_,
                        "UPDATE contacts SET name = ?2, about = ?3, avatar = ?4, kind = ?5"
                        " WHERE peer_url = ?1"
                        " AND (name, about, avatar, kind) IS NOT (?2, ?3, ?4, ?5)"};
    Statement remove_{database_, "DELETE FROM contacts WHERE peer_url = ?"};
    Statement advance_{database_,
                       "UPDATE contacts SET last_read_row_id = ?2"
                       " WHERE peer_url = ?1 AND last_read_row_id < ?2"};
};

}  // namespace posta::store
