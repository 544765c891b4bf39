#include "common/http/head_scanner.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace posta::http {

namespace {

constexpr std::size_t kAtOnce = sizeof(std::uint64_t);
constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighBits = kOnes << 7;

// The high bit of the first control character among the next eight bytes is set, no bit before it;
// zero when there is none.
std::uint64_t control_characters(const char* at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, kAtOnce);
    const std::uint64_t below_space = (bytes - kOnes * ' ') & ~bytes;
    const std::uint64_t zero_for_delete = bytes ^ (kOnes * 0x7f);
    const std::uint64_t deletes = (zero_for_delete - kOnes) & ~zero_for_delete;
    return (below_space | deletes) & kHighBits;
}

// From there to the next byte that has to be looked at, or the end. Most of a head is passed over
// eight bytes at a time.
std::size_t skip_plain(std::string_view text, std::size_t at) {
    for (; at + kAtOnce <= text.size(); at += kAtOnce) {
        const std::uint64_t found = control_characters(text.data() + at);
        if (found == 0) continue;
        if constexpr (std::endian::native != std::endian::little) break;
        return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) >= ' ' && text[at] != 0x7f)
        ++at;
    return at;
}

}  // namespace

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
    const std::string_view allowed = text.substr(0, max_bytes);
    std::size_t at = scanned_;
    for (; at < text.size(); ++at) {
        if (at == line_start_ && (text[at] == ' ' || text[at] == '\t') && at < max_bytes)
            return fault(400, "a line of the head begins with white space");
        at = skip_plain(allowed, at);
        if (at == text.size()) break;
        if (at >= max_bytes) return too_long(allowed);
        const char c = text[at];
        if (c == '\t') continue;
        if (c == '\n') return fault(400, "a bare LF in the head");
        if (c != '\r') return fault(400, "a control character in the head");
        if (at + 1 == text.size()) break;
        if (text[at + 1] != '\n') return fault(400, "a bare CR in the head");
        if (at + 2 > max_bytes) return too_long(allowed);
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
