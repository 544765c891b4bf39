// Answers as the front reads them from a worker that may be anybody's: in one piece or in many the
// same; and the head that leaves for the client frames the body just as it was framed.

#include <array>

#include "supervisor/front/forwarding.h"
#include "tests/fuzz/http_transcript.h"

namespace posta::fuzz {
namespace {

using http::ResponseHead;
using http::ResponseParser;

constexpr std::array<std::string_view, 4> kMethods{"GET", "HEAD", "POST", "OPTIONS"};

void expect_grammar(const ResponseHead& head, std::string_view method) {
    CHECK(head.status >= 100 && head.status <= 599);
    CHECK(head.fields.size() <= http::kResponseLimits.fields);
    const bool bodiless = head.status < 200 || head.status == 204 || head.status == 304;
    if (bodiless || method == "HEAD") CHECK(head.framing.kind == http::BodyKind::none);
    if (head.framing.kind == http::BodyKind::until_close) CHECK(!head.keep_alive);
    if (head.framing.kind == http::BodyKind::chunked) CHECK(head.minor_version == 1);
    CHECK(head.count("content-length") + head.count("transfer-encoding") <= 1);
}

// The head that leaves, as a client reads it.
void expect_same_at_client(const ResponseParser& parser, std::string_view method, bool close,
                           bool old_client) {
    const ResponseHead& head = parser.head();
    const supervisor::AnswerStyle style{.close = close, .old_client = old_client};
    std::string written;
    supervisor::write_answer_head(head, style, written);
    if (supervisor::passes_unchanged(head, style)) CHECK(parser.head_in_place() == written);
    // The front adds a Connection field to a head that may be at the limits.
    ResponseParser client({http::kResponseLimits.bytes + 64, http::kResponseLimits.fields + 1});
    client.expect_answer_to(method);
    std::string_view rest = written;
    CHECK(client.step(rest).event == http::Event::head && rest.empty());
    const ResponseHead& got = client.head();
    CHECK(got.status == head.status && got.reason == head.reason && got.minor_version == 1);
    CHECK(got.framing.kind == head.framing.kind && got.framing.length == head.framing.length);
    if (close && head.status != 101) CHECK(!got.keep_alive);
}

}  // namespace
}  // namespace posta::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta::fuzz;
    Input input(data, size);
    const std::uint8_t choice = input.byte();
    const std::string_view method = kMethods[choice % kMethods.size()];
    Pieces pieces(input);
    const std::string_view text = input.rest();

    Transcript whole;
    ResponseParser parser;
    parser.expect_answer_to(method);
    bool interim = false;
    feed(
        parser, text, whole,
        [&] {
            interim = parser.head().status < 200;
            expect_grammar(parser.head(), method);
            expect_same_at_client(parser, method, (choice & 16) != 0, (choice & 32) != 0);
        },
        [&] { return interim; });

    Transcript cut;
    ResponseParser other;
    other.expect_answer_to(method);
    bool other_interim = false;
    pieces.feed(text, [&](std::string_view piece) {
        return feed(
            other, piece, cut, [&] { other_interim = other.head().status < 200; },
            [&] { return other_interim; });
    });
    CHECK(whole == cut);
    if (!whole.faulted && whole.ended == 0) CHECK(parser.finish() == other.finish());
    return 0;
}
