#include "worker/events/event.h"

#include "common/json/write.h"
#include "common/url/canonical.h"

namespace posta::worker {

std::string_view name_of(EventKind kind) {
    switch (kind) {
        case EventKind::inbound:
            return "inbound";
        case EventKind::outbound_state:
            return "outbound-state";
        case EventKind::contact_changed:
            return "contact-changed";
        case EventKind::contact_removed:
            return "contact-removed";
        case EventKind::read_watermark_changed:
            return "read-watermark-changed";
        case EventKind::resync:
            break;
    }
    return "resync";
}

Event inbound_event(std::int64_t row_id) { return {EventKind::inbound, row_id}; }

Event outbound_event(const OutboundState& message) {
    json::Writer out;
    out.begin_object()
        .member("rowId", message.row_id)
        .member("id", message.id)
        .member("peer", url::display_form(message.peer))
        .member("state", message.state)
        .member("lastErrorCode", message.last_error_code)
        .end_object();
    return {EventKind::outbound_state, message.row_id, std::move(out).text()};
}

Event contact_changed_event(std::string peer) {
    return {EventKind::contact_changed, 0, std::move(peer)};
}

Event contact_removed_event(std::string_view peer) {
    json::Writer out;
    out.begin_object().member("url", url::display_form(peer)).end_object();
    return {EventKind::contact_removed, 0, std::move(out).text()};
}

Event read_mark_event(std::string_view peer, std::int64_t row_id) {
    json::Writer out;
    out.begin_object().member("peer", url::display_form(peer)).member("rowId", row_id);
    out.end_object();
    return {EventKind::read_watermark_changed, 0, std::move(out).text()};
}

Event resync_event() { return {EventKind::resync, 0, "{}"}; }

}  // namespace posta::worker
