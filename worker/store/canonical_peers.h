#pragma once
// Migration 6: every stored peer URL gets its canonical form, and contacts that turn out to be one
// participant become one row.
//
// Contacts: the older row stays; message counts are added, the later last-message time, the further
// read mark and a pin are taken over, and what the older row leaves empty (name, about, avatar,
// kind) is filled in. Each merge is logged.
//
// Messages that become equal in (direction, peer, message id) are parted as message_keys.h says, as
// are those of a legacy database whose indexes allowed it.
//
// A URL without a canonical form stays as it is and is logged. Full-text search is untouched: it
// covers the text and the row id, neither of which changes.

#include "common/base/log.h"
#include "common/base/result.h"
#include "worker/store/database.h"

namespace posta::store {

struct PeerChanges {
    std::int64_t respelled_urls = 0;
    std::int64_t merged_contacts = 0;
    std::int64_t renamed_messages = 0;
    std::int64_t unusable_urls = 0;
};

// Inside the caller's transaction. Doing it again changes nothing.
Result<PeerChanges> make_peers_canonical(Database& database, Log& log);

}  // namespace posta::store
