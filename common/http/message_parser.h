#pragma once
// What RequestParser and ResponseParser have in common: collecting a head, framing a body.

#include <string>
#include <string_view>
#include <vector>

#include "common/http/chunked_body.h"
#include "common/http/head_parser.h"
#include "common/http/head_scanner.h"

namespace posta::http {

// Gathers one head from pieces. A head that comes whole is not copied.
class HeadCollector {
public:
    explicit HeadCollector(HeadLimits limits) : limits_(limits) {}

    // `complete`: text() is the head and `rest` begins behind it. One empty line before a head is
    // skipped (RFC 9112 section 2.2).
    HeadScanner::Verdict collect(std::string_view& rest);
    std::string_view text() const { return text_; }
    // Without its CRLF.
    std::string_view first_line() const { return text_.substr(0, line_ends().front() - 2); }
    const std::vector<std::uint32_t>& line_ends() const { return scanner_.line_ends(); }
    const HeadScanner& scanner() const { return scanner_; }
    bool in_pieces() const { return !kept_.empty(); }
    bool empty() const { return kept_.empty() && !skipped_empty_line_; }

    // Gives back what a head in pieces has needed.
    void restart() {
        scanner_.restart();
        if (!kept_.empty()) std::string().swap(kept_);
        text_ = {};
        skipped_empty_line_ = false;
    }

private:
    HeadLimits limits_;
    HeadScanner scanner_;
    std::string kept_;
    std::string_view text_;
    bool skipped_empty_line_ = false;
};

// Hands out a body by its framing.
class BodyReader {
public:
    void begin(const Framing& framing);
    // Nothing of it is left, or there was none.
    bool is_over() const { return kind_ == BodyKind::none; }
    // `body`, `end`, `need_more` or `fault`.
    Step step(std::string_view& rest);
    bool lasts_until_close() const { return kind_ == BodyKind::until_close; }
    bool between_chunks() const { return kind_ == BodyKind::chunked && chunks_.between_chunks(); }
    const char* fault_reason() const { return chunks_.fault_reason(); }

private:
    BodyKind kind_ = BodyKind::none;
    std::uint64_t left_ = 0;
    ChunkedBody chunks_;
};

}  // namespace posta::http
