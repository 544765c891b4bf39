#include "worker/handlers/message_json.h"

#include "common/url/canonical.h"

namespace posta::worker {

void write_message(json::Writer& out, const store::Message& message) {
    out.begin_object()
        .member("rowId", message.row_id)
        .member("id", message.id)
        .member("peer", url::display_form(message.peer))
        .member("direction", message.outbound ? "out" : "in")
        .key("payload")
        .raw(message.payload)
        .member("inReplyTo", message.in_reply_to)
        .member("state", message.state)
        .member("attempts", message.attempts)
        .member("nextAttemptAt", message.next_attempt_at)
        .member("lastErrorCode", message.last_error_code)
        .member("sentAt", message.sent_at)
        .member("receivedAt", message.received_at)
        .end_object();
}

}  // namespace posta::worker
