#include "supervisor/front/refusal.h"

#include "common/http/status.h"
#include "common/json/write.h"

namespace posta::supervisor {

Refusal unknown_host() { return {404, "not-found", "nobody with this host name is served here"}; }

Refusal worker_away() {
    return {503, "unavailable", "this identity is starting again; try again soon", 5};
}

Refusal worker_failed() {
    return {502, "bad-gateway", "this identity's server did not give a proper answer"};
}

Refusal worker_silent() {
    return {504, "gateway-timeout", "this identity's server did not answer in time"};
}

Refusal request_too_slow() {
    return {408, "request-timeout", "the request did not arrive in time"};
}

Refusal too_many_connections() {
    return {503, "too-many-connections", "too many connections from this address", 10};
}

Refusal tenant_has_too_many_connections() {
    return {503, "too-many-connections", "too many connections to this identity", 5, true};
}

Refusal tenant_has_too_many_requests() {
    return {429, "rate-limited", "too many requests to this identity", 1};
}

Refusal bad_request(int status, std::string_view reason) {
    const bool too_large = status == 431 || status == 414;
    return {status, too_large ? "too-large" : "bad-request",
            "the request is not accepted: " + std::string(reason)};
}

std::string answer_text(const Refusal& refusal, bool head_only, bool close) {
    json::Writer body;
    body.begin_object().member("error", refusal.code).member("message", refusal.message);
    const std::string text = std::move(body.end_object()).text();
    std::string out = "HTTP/1.1 " + std::to_string(refusal.status) + " ";
    out.append(http::reason_for(refusal.status)).append("\r\nContent-Type: application/json\r\n");
    out += "Content-Length: " + std::to_string(text.size()) + "\r\nCache-Control: no-store\r\n";
    if (refusal.retry_after_seconds > 0)
        out += "Retry-After: " + std::to_string(refusal.retry_after_seconds) + "\r\n";
    if (close) out += "Connection: close\r\n";
    out += "\r\n";
    if (!head_only) out += text;
    return out;
}

}  // namespace posta::supervisor
