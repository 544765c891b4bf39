#include "common/http/head_scanner.h"

namespace posta::http {

HeadScanner::Verdict HeadScanner::fault(int status, const char* reason) {
    fault_status_ = status;
    fault_reason_ = reason;
    return Verdict::fault;
}

// RFC 9112 section 3 has a status for a method and for a target that does not end.
HeadScanner::Verdict HeadScanner::too_long(std::string_view text) {
    if (lines_ > 0) return fault(431, "the head is too long");
    if (text.find(' ') == std::string_view::npos) return fault(501, "a method that does not end");
    return fault(414, "the first line is too long");
}

HeadScanner::Verdict HeadScanner::scan(std::string_view text, std::size_t max_bytes,
                                       std::size_t lines_allowed) {
    std::size_t at = scanned_;
    for (; at < text.size(); ++at) {
        if (at >= max_bytes) return too_long(text.substr(0, max_bytes));
        const auto c = static_cast<unsigned char>(text[at]);
        if (c > ' ' && c != 0x7f) continue;
        if (c == ' ' || c == '\t') {
            if (at == line_start_) return fault(400, "a line of the head begins with white space");
            continue;
        }
        if (c == '\n') return fault(400, "a bare LF in the head");
        if (c != '\r') return fault(400, "a control character in the head");
        if (at + 1 == text.size()) break;
        if (text[at + 1] != '\n') return fault(400, "a bare CR in the head");
        if (at + 2 > max_bytes) return too_long(text.substr(0, max_bytes));
        if (at == line_start_) {
            scanned_ = at + 2;
            return Verdict::complete;
        }
        if (++lines_ > lines_allowed) return fault(431, "the head has too many fields");
        line_start_ = at + 2;
        ++at;
    }
    scanned_ = at;
    return Verdict::need_more;
}

}  // namespace posta::http
