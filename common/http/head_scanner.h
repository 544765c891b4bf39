#pragma once
// Finds where a head ends, line by line, and refuses at once what no line may hold. Pure.
//
// Runs before llhttp, so that a bare LF or CR is refused when it arrives instead of being waited
// behind, and so that llhttp sees a whole head in one piece. Only CRLF ends a line; no control
// characters but HTAB; no line may begin with white space (obs-fold); no more bytes and lines than
// the limits say. What the lines mean is not looked at; where they end is kept for who does.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/http/head.h"

namespace posta::http {

class HeadScanner {
public:
    enum class Verdict { need_more, complete, fault };

    // `text` is the head from its first byte; each call passes the same bytes and more, and only
    // those that are new are looked at. `lines_allowed` counts the start line too.
    Verdict scan(std::string_view text, std::size_t max_bytes, std::size_t lines_allowed);

    // Bytes of the head, final empty line included; once complete.
    std::size_t end() const { return scanned_; }
    // Of each line before the empty one: the offset behind its CRLF.
    const std::vector<std::uint32_t>& line_ends() const { return line_ends_; }
    // For another head.
    void restart() {
        scanned_ = 0;
        line_ends_.clear();
    }
    // The caller's own complaint about a head that is complete.
    Verdict refuse(const char* reason) { return fault(400, reason); }
    int fault_status() const { return fault_status_; }
    const char* fault_reason() const { return fault_reason_; }

private:
    Verdict fault(int status, const char* reason);
    Verdict too_long(std::string_view text);
    Verdict stop_at(std::size_t at);

    std::size_t scanned_ = 0;
    std::vector<std::uint32_t> line_ends_;
    int fault_status_ = 0;
    const char* fault_reason_ = "";
};

}  // namespace posta::http
