#include "worker/outbox/draft.h"

#include "common/base/random_id.h"
#include "common/base/rfc3339.h"
#include "common/json/parse.h"
#include "common/url/canonical.h"
#include "worker/envelope/envelope.h"

namespace posta::worker {
namespace {

constexpr std::string_view kLinkKind = "posta.link/v1";
constexpr std::size_t kIdBytes = 26;  // of a ULID

}  // namespace

bool fits_envelope(const Draft& draft, std::string_view own_url) {
    wire::Envelope envelope;
    envelope.id = std::string(kIdBytes, '0');
    envelope.sender = own_url;
    envelope.recipient = draft.peer;
    envelope.key_id = std::string(wire::kMaxKeyIdBytes, '0');
    if (!draft.in_reply_to.empty()) envelope.in_reply_to = draft.in_reply_to;
    envelope.payload = draft.payload;
    return wire::write_envelope(envelope).size() <= wire::kMaxBodyBytes;
}

bool has_acceptable_payload(const Draft& draft) {
    const auto payload = json::parse(draft.payload);
    if (!payload) return false;
    const json::Value* kind = payload->find("kind");
    if (kind == nullptr || kind->string() != kLinkKind) return true;
    const json::Value* url = payload->find("url");
    return url != nullptr && url::is_https(url->string().value_or(""));
}

Result<QueuedDraft> enqueue(store::Store& store, const Draft& draft, WallTime now) {
    QueuedDraft queued{0, make_ulid(now), false};
    const std::string queued_at = format_time(now);
    store::MessageStore::Outbound message;
    message.id = queued.id;
    message.recipient = draft.peer;
    message.in_reply_to = draft.in_reply_to;
    message.payload = draft.payload;
    message.queued_at = queued_at;
    queued.row_id = TRY(store.messages().add_outbound(message));
    queued.is_new_contact = TRY(store.contacts().note_message(draft.peer, queued_at));
    return queued;
}

}  // namespace posta::worker
