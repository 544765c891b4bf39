#include "worker/events/event_json.h"

#include "worker/handlers/contact_json.h"
#include "worker/handlers/message_json.h"

namespace posta::worker {
namespace {

Result<std::optional<std::string>> message_json(store::Store& store, std::int64_t row_id) {
    const auto message = TRY(store.messages().find(row_id));
    if (!message) return std::optional<std::string>();
    json::Writer out;
    write_message(out, *message);
    return std::optional(std::move(out).text());
}

Result<std::optional<std::string>> contact_json(store::Store& store, const std::string& peer) {
    const auto contact = TRY(store.contacts().find(peer));
    if (!contact) return std::optional<std::string>();
    json::Writer out;
    write_contact(out, *contact);
    return std::optional(std::move(out).text());
}

}  // namespace

Result<std::optional<std::string>> event_json(store::Store& store, const Event& event) {
    switch (event.kind) {
        case EventKind::inbound:
            return message_json(store, event.row_id);
        case EventKind::contact_changed:
            return contact_json(store, event.text);
        case EventKind::outbound_state:
        case EventKind::contact_removed:
        case EventKind::read_watermark_changed:
        case EventKind::resync:
            break;
    }
    return std::optional(event.text);
}

}  // namespace posta::worker
