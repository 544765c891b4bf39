#pragma once
// A message before it is queued: what a client or a command wants to be sent.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "worker/store/store.h"

namespace posta::worker {

struct Draft {
    std::string peer;     // canonical
    std::string payload;  // JSON, sent byte for byte
    std::string in_reply_to;
};

// Whether the envelope stays within its limit, whichever key signs it. Pure.
bool fits_envelope(const Draft& draft, std::string_view own_url);

// The one rule that the server has for payloads (wire.md section 7): the url of a posta.link/v1 is
// https. Pure.
bool has_acceptable_payload(const Draft& draft);

struct QueuedDraft {
    std::int64_t row_id;
    std::string id;
    bool is_new_contact;  // the peer has become one by it
};
// Queues it as `pending` under a new id and makes the peer a contact. The caller has checked it,
// and wakes the outbox once this is committed.
Result<QueuedDraft> enqueue(store::Store& store, const Draft& draft, WallTime now);

}  // namespace posta::worker
