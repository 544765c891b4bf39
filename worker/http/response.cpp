#include "worker/http/response.h"

#include "common/http/status.h"

namespace posta::worker {

namespace {

void append_field(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
}

// RFC 9110 section 8.6: neither has a body, and 204 must not even name a length.
bool names_length(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

Response Response::with(int status, std::string_view content_type, std::string body) {
    Response response{status, {}, std::move(body)};
    response.add("Content-Type", content_type);
    return response;
}

std::string head_of(const Response& response, bool keep_alive, std::string_view date,
                    Framed framed) {
    std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
    head.append(http::reason_for(response.status)).append("\r\n");
    append_field(head, "Date", date);
    for (const auto& [name, value] : response.fields) append_field(head, name, value);
    append_field(head, "X-Content-Type-Options", "nosniff");
    if (framed == Framed::by_chunks) append_field(head, "Transfer-Encoding", "chunked");
    if (framed == Framed::by_length && names_length(response.status))
        append_field(head, "Content-Length", std::to_string(response.body.size()));
    if (!keep_alive) append_field(head, "Connection", "close");
    return head.append("\r\n");
}

}  // namespace posta::worker
