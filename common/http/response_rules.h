#pragma once
// Which responses the front accepts from a worker. Pure.
//
// As strict as request_rules.h: a worker may be taken over, and then it answers whatever helps it
// to reach another tenant's client. Fault status is 502.

#include <optional>
#include <string_view>

#include "common/http/head.h"

namespace posta::http {

// Splits the status line (without CRLF).
std::optional<Fault> read_status_line(std::string_view line, ResponseHead& head);

// With the line read and the fields filled in. `to_head_request`: no body can follow.
std::optional<Fault> check_response(bool to_head_request, ResponseHead& head);

}  // namespace posta::http
