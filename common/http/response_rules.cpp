#include "common/http/response_rules.h"

#include "common/http/framing_rules.h"

namespace posta::http {

std::optional<Fault> read_status_line(std::string_view line, ResponseHead& head) {
    if (!line.starts_with("HTTP/1.1 ") && !line.starts_with("HTTP/1.0 "))
        return Fault{502, "a status line that does not begin with HTTP/1.1 or HTTP/1.0"};
    head.minor_version = line[7] - '0';
    const std::string_view rest = line.substr(9);
    if (rest.size() < 4 || rest[3] != ' ') return Fault{502, "a malformed status line"};
    head.status = 0;
    for (const char c : rest.substr(0, 3)) {
        if (c < '0' || c > '9') return Fault{502, "a status that is no number"};
        head.status = head.status * 10 + (c - '0');
    }
    if (head.status < 100 || head.status > 599) return Fault{502, "a status out of range"};
    head.reason = rest.substr(4);
    return std::nullopt;
}

std::optional<Fault> check_response(bool to_head_request, ResponseHead& head) {
    const KnownFields known = find_known(head.fields);
    if (auto fault = read_framing(known, head.minor_version, head.framing)) {
        fault->status = 502;
        return fault;
    }
    if (known.malformed_connection || known.names_vital_field)
        return Fault{502, "a Connection field that is not acceptable"};
    head.lists_fields = known.lists_fields;
    head.content_type = known.content_type;
    const bool interim = head.status < 200;
    if (interim || head.status == 204) {
        if (head.framing.kind != BodyKind::none)
            return Fault{502, "a body where the status allows none"};
    } else if (to_head_request || head.status == 304) {
        head.framing = {};
    } else if (known.content_lengths + known.transfer_encodings == 0) {
        head.framing.kind = BodyKind::until_close;
    }
    const bool stays_open = head.minor_version == 1 || known.keep_alive;
    head.keep_alive = stays_open && !known.close && head.framing.kind != BodyKind::until_close;
    return std::nullopt;
}

}  // namespace posta::http
