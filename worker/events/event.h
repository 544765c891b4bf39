#pragma once
// What can happen that a client wants to hear of (client-api.md, "Events"). Pure.
//
// An event is small: a message and a contact stand in it by their key, and what is shown of them is
// read when it is sent (event_json.h). So a thousand kept events are not a thousand payloads.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace posta::worker {

enum class EventKind {
    inbound,
    outbound_state,
    contact_changed,
    contact_removed,
    read_watermark_changed,
    resync,
};

// As it stands behind `event:`.
std::string_view name_of(EventKind kind);

struct Event {
    EventKind kind = EventKind::resync;
    std::int64_t row_id = 0;  // inbound: the message
    // contact_changed: the contact, canonical. Others: the JSON object of `data:`.
    std::string text{};
};

Event inbound_event(std::int64_t row_id);
// What has become of a message of ours. `peer` is canonical, here and below.
struct OutboundState {
    std::int64_t row_id;
    std::string_view id;
    std::string_view peer;
    std::string_view state;
    std::string_view last_error_code;
};
Event outbound_event(const OutboundState& message);
Event contact_changed_event(std::string peer);
Event contact_removed_event(std::string_view peer);
Event read_mark_event(std::string_view peer, std::int64_t row_id);
Event resync_event();  // more has happened than can be told: read everything again

// Takes events from those who make them happen.
class Announcer {
public:
    // Inside the transaction that makes it durable: it is sent once that has committed, and
    // dropped when it does not.
    virtual Result<void> announce(Event event) = 0;

protected:
    ~Announcer() = default;
};

}  // namespace posta::worker
