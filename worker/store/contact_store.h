#pragma once
// The participants that this identity has to do with: added by hand, or by a message in either
// direction.
//
// Writes join the turn's transaction when there is one; each is whole by itself otherwise.

#include <string_view>

#include "common/base/result.h"
#include "worker/store/database.h"

namespace posta::store {

class ContactStore {
public:
    explicit ContactStore(Database& database) : database_(database) {}

    // Whether the ACL `contacts` admits this sender. `peer` is canonical, here and below.
    Result<bool> contains(std::string_view peer);

    // Counts a message with the peer, who becomes a contact when it was none.
    Result<void> note_message(std::string_view peer, std::string_view at);

private:
    Database& database_;
    Statement contains_{database_, "SELECT 1 FROM contacts WHERE peer_url = ?"};
    Statement note_message_{
        database_,
        "INSERT INTO contacts (peer_url, message_count, last_message_at, created_at)"
        " VALUES (?1, 1, ?2, ?2)"
        " ON CONFLICT (peer_url) DO UPDATE SET message_count = message_count + 1,"
        " last_message_at = max(last_message_at, excluded.last_message_at)"};
};

}  // namespace posta::store
