#include "supervisor/control/health_request.h"

#include "common/http/status.h"

namespace posta::supervisor {

namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";

std::string answer(int status, std::string_view text, bool head_only,
                   std::string_view type = "text/plain") {
    std::string out = "HTTP/1.1 " + std::to_string(status) + " ";
    out.append(http::reason_for(status)).append("\r\nContent-Type: ");
    out.append(type).append("\r\n");
    out += "Content-Length: " + std::to_string(text.size()) + "\r\n";
    if (status == 405) out += "Allow: GET, HEAD\r\n";
    out += "Cache-Control: no-store\r\nConnection: close\r\n\r\n";
    if (!head_only) out += text;
    return out;
}

// Up to the next space; `line` becomes what is behind it.
std::string_view cut_word(std::string_view& line) {
    const std::size_t space = line.find(' ');
    const std::string_view word = line.substr(0, space);
    line = space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
    return word;
}

std::string readiness(const std::vector<std::string>& not_ready, bool head_only) {
    if (not_ready.empty()) return answer(200, "ready\n", head_only);
    std::string text;
    for (const std::string& one : not_ready) text += "not ready: " + one + "\n";
    return answer(503, text, head_only);
}

}  // namespace

bool is_whole_head(std::string_view bytes) {
    return bytes.size() > kMaxHealthHeadBytes || bytes.find(kEndOfHead) != std::string_view::npos;
}

std::string health_answer(std::string_view head, const HealthSource& source) {
    const std::size_t end = head.find(kEndOfHead);
    if (end == std::string_view::npos || end + kEndOfHead.size() > kMaxHealthHeadBytes)
        return answer(431, "a head is at most 1 KiB here\n", false);
    std::string_view line = head.substr(0, head.find("\r\n"));
    const std::string_view method = cut_word(line);
    const std::string_view path = cut_word(line);
    if ((line != "HTTP/1.1" && line != "HTTP/1.0") || !path.starts_with('/'))
        return answer(400, "this is no request of HTTP/1.1\n", false);
    const bool head_only = method == "HEAD";
    if (!head_only && method != "GET") return answer(405, "GET and HEAD only\n", false);
    if (path == "/healthz") return answer(200, "alive\n", head_only);
    if (path == "/readyz") return readiness(source.not_ready(), head_only);
    if (path == "/metrics")
        return answer(200, source.metrics(), head_only, "text/plain; version=0.0.4; charset=utf-8");
    return answer(404, "there are /healthz, /readyz and /metrics\n", head_only);
}

}  // namespace posta::supervisor
