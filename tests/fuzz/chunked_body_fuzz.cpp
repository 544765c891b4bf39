// The chunked coding against a decoder of its own that has the whole text before it: same verdict,
// same data, same end, however the text arrives; and what is encoded comes back.

#include <optional>
#include <regex>
#include <string>

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

// The extensions of a chunk, after the first ';' (RFC 9112 section 7.1.1, printable ASCII only).
class ExtensionGrammar {
public:
    bool is_whole(const std::string& text) const { return std::regex_match(text, whole_); }
    bool is_beginning(const std::string& text) const { return std::regex_match(text, beginning_); }

private:
    const std::string bws_ = "[ \\t]*";
    const std::string token_ = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    const std::string in_quotes_ = "(?:[\\t !#-\\[\\]-~]|\\\\[\\t -~])*";
    const std::string item_ =
        bws_ + token_ + "(?:" + bws_ + "=" + bws_ + "(?:" + token_ + "|\"" + in_quotes_ + "\"))?";
    const std::regex whole_{item_ + "(?:" + bws_ + ";" + item_ + ")*"};
    const std::regex beginning_{"(?:" + item_ + bws_ + ";)*" + bws_ + "(?:" + token_ + bws_ +
                                "(?:=" + bws_ + "(?:" + token_ + bws_ + "|\"" + in_quotes_ +
                                "(?:\"" + bws_ + "|\\\\)?)?)?)?"};
};

// The reference: RFC 9112 section 7.1 with our bounds, without trailers (those that have any are
// compared between the two ways of reading only).
class Reference {
public:
    explicit Reference(std::string_view text) : text_(text) {}

    // Nothing: it has trailers.
    std::optional<Outcome> decode() {
        Outcome outcome;
        for (;;) {
            const auto size = take_size_line();
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
        static const ExtensionGrammar grammar;
        const std::size_t end = text_.find('\r', ++at_);
        const std::string extension(text_.substr(at_, end - at_));
        at_ += extension.size();
        extensions_ += extension.size();
        wrong_ = extension.size() > 128 || extensions_ > 4096 ||
                 !(end == std::string_view::npos ? grammar.is_beginning(extension)
                                                 : grammar.is_whole(extension));
        return !wrong_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t extensions_ = 0;
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
