#include "common/http/head_scanner.h"

#include <array>
#include <bit>
#include <cstring>

#include "common/http/eight_bytes.h"

namespace posta::http {

namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }

// One instruction looks at all of them where the processor has such.
using Sixteen [[gnu::vector_size(16)]] = unsigned char;

// The next control character (HTAB, CR and LF are such), or the end.
const char* next_control(const char* at, const char* end) {
    for (; eight::kInOrder && end - at >= std::ptrdiff_t{sizeof(Sixteen)}; at += sizeof(Sixteen)) {
        Sixteen bytes;
        std::memcpy(&bytes, at, sizeof bytes);
        const auto found =
            std::bit_cast<std::array<std::uint64_t, 2>>((bytes < ' ') | (bytes == 0x7f));
        if (found[0] != 0) return at + eight::first(found[0]);
        if (found[1] != 0) return at + eight::kAtOnce + eight::first(found[1]);
    }
    while (at < end && !is_control(*at)) ++at;
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
    if (!line_ends_.empty()) return fault(431, "the head is too long");
    if (text.find(' ') == std::string_view::npos) return fault(501, "a method that does not end");
    return fault(414, "the first line is too long");
}

// With nothing wrong so far.
HeadScanner::Verdict HeadScanner::stop_at(std::size_t at) {
    scanned_ = at;
    return Verdict::need_more;
}

HeadScanner::Verdict HeadScanner::scan(std::string_view text, std::size_t max_bytes,
                                       std::size_t lines_allowed) {
    const std::string_view allowed = text.substr(0, max_bytes);
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const char* const limit = begin + allowed.size();
    const char* line = begin + (line_ends_.empty() ? 0 : line_ends_.back());
    for (const char* at = begin + scanned_;;) {
        if (at == line && at < limit && (*at == ' ' || *at == '\t'))
            return fault(400, "a line of the head begins with white space");
        at = next_control(at, limit);
        if (at >= limit) return limit == end ? stop_at(text.size()) : too_long(allowed);
        if (*at != '\r') {
            if (*at == '\n') return fault(400, "a bare LF in the head");
            if (*at != '\t') return fault(400, "a control character in the head");
            ++at;
            continue;
        }
        const char* const line_end = at + 2;
        if (line_end - 1 == end) return stop_at(static_cast<std::size_t>(at - begin));
        if (at[1] != '\n') return fault(400, "a bare CR in the head");
        if (line_end > limit) return too_long(allowed);
        const auto line_end_at = static_cast<std::size_t>(line_end - begin);
        if (at == line) {
            scanned_ = line_end_at;
            return Verdict::complete;
        }
        line_ends_.push_back(static_cast<std::uint32_t>(line_end_at));
        if (line_ends_.size() > lines_allowed) return fault(431, "the head has too many fields");
        line = at = line_end;
    }
}

}  // namespace posta::http
