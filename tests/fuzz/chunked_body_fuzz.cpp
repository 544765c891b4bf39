// The chunked coding against a decoder of its own that has the whole text before it: same verdict,
// same data, same end, however the text arrives; and what is encoded comes back.

#include <optional>

#include "common/http/chunked_body.h"
#include "tests/fuzz/target.h"

namespace posta::fuzz {
namespace {

using http::ChunkedBody;

struct Outcome {
    enum class End { need_more, complete, fault } end = End::need_more;
    std::string data;
    std::string wire;
    std::size_t consumed = 0;  // once complete

    bool operator==(const Outcome&) const = default;
};

void read_on(ChunkedBody& body, std::string_view piece, Outcome& outcome) {
    for (std::string_view rest = piece;;) {
        const ChunkedBody::Piece read = body.read(rest);
        outcome.data += read.data;
        outcome.wire += read.wire;
        switch (read.verdict) {
            case ChunkedBody::Verdict::need_more:
                CHECK(rest.empty() && read.wire.empty());
                outcome.consumed += piece.size();
                return;
            case ChunkedBody::Verdict::piece:
                break;
            case ChunkedBody::Verdict::complete:
                outcome.end = Outcome::End::complete;
                outcome.consumed += piece.size() - rest.size();
                return;
            case ChunkedBody::Verdict::fault:
                outcome.end = Outcome::End::fault;
                return;
        }
    }
}

// The reference: RFC 9112 section 7.1 with our bounds, without trailers and with no extensions but
// names of letters and digits (texts with others are compared between the two ways of reading
// only).
class Reference {
public:
    explicit Reference(std::string_view text) : text_(text) {}

    // Nothing: it has trailers, or an extension of another kind.
    std::optional<Outcome> decode() {
        Outcome outcome;
        for (;;) {
            const auto size = take_size_line();
            if (has_other_extension_) return std::nullopt;
            if (!size) return ended(outcome);
            if (*size == 0) return after_last_chunk(outcome);
            const std::string_view data = text_.substr(at_, *size);
            outcome.data += data;
            at_ += data.size();
            if (data.size() < *size) return ended(outcome);
            if (!take("\r") || !take("\n")) return ended(outcome);
        }
    }

private:
    Outcome ended(Outcome outcome) const {
        outcome.end = wrong_ ? Outcome::End::fault : Outcome::End::need_more;
        return outcome;
    }

    std::optional<Outcome> after_last_chunk(Outcome outcome) {
        const std::string_view rest = text_.substr(at_, 2);
        if (rest == "\r\n") {
            outcome.end = Outcome::End::complete;
            outcome.consumed = at_ + 2;
            return outcome;
        }
        return std::nullopt;
    }

    bool take(std::string_view one) {
        if (at_ == text_.size()) return false;
        wrong_ = text_.substr(at_, 1) != one;
        ++at_;
        return !wrong_;
    }

    std::optional<std::uint64_t> take_size_line() {
        std::size_t digits = 0;
        while (at_ + digits < text_.size() && digits < 16 &&
               std::string_view("0123456789abcdefABCDEF").find(text_[at_ + digits]) !=
                   std::string_view::npos)
            ++digits;
        wrong_ = digits > 15 || (digits == 0 && at_ < text_.size());
        if (wrong_ || digits == 0) return std::nullopt;
        const std::uint64_t size = std::stoull(std::string(text_.substr(at_, digits)), nullptr, 16);
        at_ += digits;
        if (text_.substr(at_, 1) == ";" && !take_extension()) return std::nullopt;
        if (!take("\r") || !take("\n")) return std::nullopt;
        return size;
    }

    bool take_extension() {
        std::size_t length = 0;
        for (++at_; at_ < text_.size() && text_[at_] != '\r'; ++at_) {
            const char c = text_[at_];
            has_other_extension_ =
                !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
            if (has_other_extension_) return false;
            wrong_ = ++length > 128 || ++extensions_ > 4096;
            if (wrong_) return false;
        }
        has_other_extension_ = length == 0 && at_ < text_.size();
        return !has_other_extension_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t extensions_ = 0;
    bool has_other_extension_ = false;
    bool wrong_ = false;
};

Outcome read_whole(std::string_view text) {
    ChunkedBody body;
    body.restart();
    Outcome outcome;
    read_on(body, text, outcome);
    return outcome;
}

Outcome read_in_pieces(std::string_view text, Pieces& pieces) {
    ChunkedBody body;
    body.restart();
    Outcome outcome;
    pieces.feed(text, [&](std::string_view piece) {
        read_on(body, piece, outcome);
        return outcome.end == Outcome::End::need_more;
    });
    return outcome;
}

void expect_decoded(std::string_view text, Pieces& pieces) {
    const Outcome whole = read_whole(text);
    Outcome cut = read_in_pieces(text, pieces);
    CHECK(whole.end == cut.end && whole.data == cut.data);
    if (whole.end == Outcome::End::complete) {
        CHECK(whole == cut && whole.wire == text.substr(0, whole.consumed));
    }
    if (const auto expected = Reference(text).decode()) {
        CHECK(expected->end == whole.end && expected->data == whole.data);
        if (whole.end == Outcome::End::complete) CHECK(expected->consumed == whole.consumed);
    }
}

std::string encoded(std::string_view data, std::uint8_t chunk_bytes) {
    std::string out;
    for (std::size_t at = 0; at < data.size(); at += chunk_bytes + std::size_t{1}) {
        const std::string_view chunk = data.substr(at, chunk_bytes + std::size_t{1});
        constexpr std::string_view kHex = "0123456789abcdef";
        out +=
            {'0', kHex[chunk.size() / 256], kHex[chunk.size() / 16 % 16], kHex[chunk.size() % 16]};
        out.append("\r\n").append(chunk).append("\r\n");
    }
    return out + "0\r\n\r\n";
}

}  // namespace
}  // namespace posta::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta::fuzz;
    Input input(data, size);
    const std::uint8_t chunk_bytes = input.byte();
    Pieces pieces(input);
    const std::string_view text = input.rest();
    expect_decoded(text, pieces);

    const std::string wire = encoded(text, chunk_bytes);
    const Outcome back = read_in_pieces(wire, pieces);
    CHECK(back.end == Outcome::End::complete && back.data == text && back.wire == wire);
    return 0;
}
