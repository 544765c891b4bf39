#include "worker/http/error_answer.h"

#include <algorithm>

#include "common/json/write.h"

namespace posta::worker {

Response error_answer(int status, std::string_view code, std::string_view message) {
    json::Writer out;
    out.begin_object().member("error", code).member("message", message).end_object();
    return Response::with(status, kJson, std::move(out).text());
}

Response unauthorized() {
    return error_answer(401, "unauthorized",
                        "this needs Authorization: Bearer with a token of this identity")
        .add("WWW-Authenticate", "Bearer");
}

Response refused_for_now(int status, std::string_view code, std::string_view message,
                         std::chrono::milliseconds retry_after) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
    return error_answer(status, code, message)
        .add("Retry-After", std::to_string(std::max<std::chrono::seconds::rep>(1, seconds)));
}

Response out_of_memory() {
    return refused_for_now(503, "unavailable", "too much is under way here; try again shortly",
                           std::chrono::seconds{2});
}

Response answer_to(const Error& error) {
    switch (error.code) {
        case ErrorCode::invalid:
            return error_answer(400, "bad-request", error.message);
        case ErrorCode::denied:
            return error_answer(403, "forbidden", error.message);
        case ErrorCode::not_found:
            return error_answer(404, "not-found", error.message);
        case ErrorCode::conflict:
            return error_answer(409, "conflict", error.message);
        case ErrorCode::unavailable:
            return refused_for_now(503, "unavailable", "not now; try again shortly",
                                   std::chrono::seconds{2});
        case ErrorCode::io:
        case ErrorCode::internal:
            break;
    }
    return error_answer(500, "internal", "the server failed; its log has the reason");
}

}  // namespace posta::worker
