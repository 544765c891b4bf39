#pragma once
// The envelope of one message (wire.md section 4). Pure.
//
// The payload is opaque: it is kept as the bytes that were sent, number spelling, key order and
// white space included. Members that are not known here are ignored; who wants to keep them keeps
// the body.

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "worker/envelope/wire.h"

namespace posta::wire {

struct Envelope {
    std::string id;
    std::string sender;     // canonical
    std::string recipient;  // canonical
    WallTime timestamp;
    std::string key_id;
    std::optional<std::string> in_reply_to;
    std::string payload;  // JSON
};

// Steps 5.1.4 and 5.1.5: well-formed, complete, within the limits, of our version.
Result<Envelope, Refused> parse_envelope(std::string_view body);

// The body that is signed and sent.
std::string write_envelope(const Envelope& envelope);

// 1 to 256 bytes of printable ASCII.
bool is_message_id(std::string_view id);

}  // namespace posta::wire
