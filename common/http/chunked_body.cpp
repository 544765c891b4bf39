#include "common/http/chunked_body.h"

#include <algorithm>
#include <array>

#include "common/http/head.h"

namespace posta::http {

namespace {

constexpr int kMaxSizeDigits = 15;
constexpr int kMaxLineExtensionBytes = 128;
constexpr int kMaxExtensionBytes = 4096;
constexpr std::size_t kMaxTrailerBytes = 4096;
constexpr std::size_t kMaxTrailerLines = 32;

// RFC 9110 section 6.5.1: fields that must be known before the content is handled.
constexpr std::array kNotInTrailers = {
    std::string_view("accept"),
    std::string_view("age"),
    std::string_view("allow"),
    std::string_view("authorization"),
    std::string_view("cache-control"),
    std::string_view("connection"),
    std::string_view("cookie"),
    std::string_view("date"),
    std::string_view("expect"),
    std::string_view("expires"),
    std::string_view("forwarded"),
    std::string_view("host"),
    std::string_view("http2-settings"),
    std::string_view("idempotency-key"),
    std::string_view("keep-alive"),
    std::string_view("location"),
    std::string_view("max-forwards"),
    std::string_view("origin"),
    std::string_view("posta-signature"),
    std::string_view("pragma"),
    std::string_view("range"),
    std::string_view("retry-after"),
    std::string_view("set-cookie"),
    std::string_view("te"),
    std::string_view("trailer"),
    std::string_view("transfer-encoding"),
    std::string_view("upgrade"),
    std::string_view("vary"),
    std::string_view("via"),
    std::string_view("warning"),
    std::string_view("www-authenticate"),
};
constexpr std::array kNotInTrailersPrefixes = {
    std::string_view("content-"), std::string_view("if-"),   std::string_view("proxy-"),
    std::string_view("x-"),       std::string_view("last-"),
};

bool allowed_in_trailers(std::string_view name) {
    for (const std::string_view refused : kNotInTrailers)
        if (equal_names(name, refused)) return false;
    for (const std::string_view prefix : kNotInTrailersPrefixes)
        if (equal_names(name.substr(0, prefix.size()), prefix)) return false;
    return true;
}

// The reason to refuse the section; nothing when it is fine. Its lines end with CRLF.
const char* complaint_about(std::string_view section) {
    while (section.size() > 2) {
        const std::string_view line = section.substr(0, section.find('\r'));
        section.remove_prefix(line.size() + 2);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
            return "a malformed trailer field";
        if (!allowed_in_trailers(line.substr(0, colon))) return "a field that no trailer may carry";
    }
    return nullptr;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

void ChunkedBody::restart() {
    state_ = State::size_start;
    extension_bytes_ = 0;
}

ChunkedBody::Piece ChunkedBody::fault(const char* reason) {
    fault_reason_ = reason;
    return {Verdict::fault, {}, {}};
}

ChunkedBody::Piece ChunkedBody::read(std::string_view& rest) {
    if (state_ == State::trailers) return read_trailers(rest, {});
    for (std::size_t at = 0; at < rest.size(); ++at) {
        if (state_ == State::data) {
            const auto take =
                static_cast<std::size_t>(std::min<std::uint64_t>(size_, rest.size() - at));
            const Piece piece{Verdict::piece, rest.substr(0, at + take), rest.substr(at, take)};
            rest.remove_prefix(at + take);
            size_ -= take;
            if (size_ == 0) state_ = State::data_cr;
            return piece;
        }
        if (!take_framing(rest[at])) return fault(fault_reason_);
        if (state_ == State::trailers) return read_trailers(rest, rest.substr(0, at + 1));
    }
    if (rest.empty()) return {Verdict::need_more, {}, {}};
    const Piece piece{Verdict::piece, rest, {}};
    rest = {};
    return piece;
}

bool ChunkedBody::take_framing(char c) {
    const int digit = hex_value(c);
    switch (state_) {
        case State::size_start:
            size_ = 0;
            digits_ = 0;
            line_extension_bytes_ = 0;
            fault_reason_ = "a chunk size that is no hexadecimal number";
            state_ = State::size;
            [[fallthrough]];
        case State::size:
            if (digit >= 0) {
                size_ = size_ * 16 + static_cast<std::uint64_t>(digit);
                fault_reason_ = "a chunk size that is too long";
                return ++digits_ <= kMaxSizeDigits;
            }
            fault_reason_ = "a chunk size that is no hexadecimal number";
            if (digits_ == 0 || (c != '\r' && c != ';')) return false;
            state_ = c == '\r' ? State::size_lf : State::extension;
            extensions_.begin();
            return true;
        case State::extension:
            fault_reason_ = "a chunk extension that is malformed or too long";
            if (c == '\r') {
                state_ = State::size_lf;
                return extensions_.complete();
            }
            return extensions_.take(c) && ++line_extension_bytes_ <= kMaxLineExtensionBytes &&
                   ++extension_bytes_ <= kMaxExtensionBytes;
        case State::size_lf:
            fault_reason_ = "a bare CR after a chunk size";
            state_ = size_ > 0 ? State::data : State::trailers;
            if (state_ == State::trailers) {
                scanner_.restart();
                trailers_.clear();
            }
            return c == '\n';
        case State::data_cr:
        case State::data_lf: {
            fault_reason_ = "chunk data longer than its size";
            const bool right = c == (state_ == State::data_cr ? '\r' : '\n');
            state_ = state_ == State::data_cr ? State::data_lf : State::size_start;
            return right;
        }
        case State::data:
        case State::trailers:
            break;
    }
    return false;
}

// `framing` is the beginning of `rest` that comes before the section and is forwarded with it.
ChunkedBody::Piece ChunkedBody::read_trailers(std::string_view& rest, std::string_view framing) {
    const std::string_view fresh = rest.substr(framing.size());
    const std::size_t kept = trailers_.size();
    std::string_view section = fresh;
    if (kept > 0) section = trailers_.append(fresh.substr(0, kMaxTrailerBytes));
    switch (scanner_.scan(section, kMaxTrailerBytes, kMaxTrailerLines)) {
        case HeadScanner::Verdict::fault:
            return fault("a malformed trailer section");
        case HeadScanner::Verdict::need_more: {
            if (kept == 0) trailers_.assign(fresh);
            const Verdict verdict = framing.empty() ? Verdict::need_more : Verdict::piece;
            rest = {};
            return {verdict, framing, {}};
        }
        case HeadScanner::Verdict::complete:
            break;
    }
    section = section.substr(0, scanner_.end());
    if (const char* complaint = complaint_about(section)) return fault(complaint);
    const std::size_t used = framing.size() + section.size() - kept;
    const std::string_view wire = kept > 0 ? section : rest.substr(0, used);
    rest.remove_prefix(used);
    return {Verdict::complete, wire, {}};
}

}  // namespace posta::http
