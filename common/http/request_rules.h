#pragma once
// Which requests are accepted, decided once for front and worker, so that the two cannot disagree
// about where a request ends or whom it is for. Pure.
//
// llhttp is a tokenizer, not a policy: it passes versions, methods, targets, empty names and Host
// fields that must not pass here (RFC 9110 and 9112; where they leave a choice, the stricter one):
//
// - Version HTTP/1.0 or HTTP/1.1, else 505. CONNECT, PRI and methods of other protocols: 501.
// - Target: /path, http(s)://host/path, or * with OPTIONS; visible ASCII without '#'.
// - Host: exactly one in HTTP/1.1, at most one in 1.0, valid; an absolute target wins and must
// agree.
// - Content-Length: one field, decimal digits without leading zeros, below 10^18.
// - Transfer-Encoding: one field, exactly "chunked", never in 1.0, never beside Content-Length. A
// coding
//   before chunked that is not implemented: 501.
// - Connection must not name a field that decides framing or routing.
// - Expect: only 100-continue. Upgrade: h2c is refused (it would take requests out of our sight).

#include <optional>
#include <string_view>

#include "common/http/head.h"

namespace posta::http {

// Splits the request line (without CRLF) into method, target and version.
std::optional<Fault> read_request_line(std::string_view line, RequestHead& head);

// With the line read and the fields filled in: checks them and derives the rest of the head.
std::optional<Fault> check_request(RequestHead& head);

}  // namespace posta::http
