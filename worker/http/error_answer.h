#pragma once
// Failures as answers: {"error":"<code>","message":"<text>"} (wire.md section 5, client-api.md).
// Pure.
//
// The one place where an ErrorCode becomes a status. The text of a fault of ours stays in the log:
// the client is told that there was one, and not which file it was.

#include <chrono>
#include <string_view>

#include "common/base/result.h"
#include "worker/http/response.h"

namespace posta::worker {

Response error_answer(int status, std::string_view code, std::string_view message);

// 401 with the challenge that it must carry.
Response unauthorized();
// 429 or 503: refused for now, with Retry-After in whole seconds, rounded up, at least one.
Response refused_for_now(int status, std::string_view code, std::string_view message,
                         std::chrono::milliseconds retry_after);

// 503: what the request needs does not fit into the memory that the tenant has left.
Response out_of_memory();

// For an Error that a handler gave up with.
Response answer_to(const Error& error);

}  // namespace posta::worker
