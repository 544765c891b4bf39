// Requests as the front reads them. In one piece or in many, the verdict is the same; what is
// accepted satisfies the grammar; what the front forwards reads the same at the worker, so that no
// second interpretation is left, and says truthfully where it came from.

#include "common/contracts/forwarded.h"
#include "common/http/host_name.h"
#include "supervisor/front/forwarding.h"
#include "tests/fuzz/http_transcript.h"

namespace posta::fuzz {
namespace {

using http::RequestHead;
using http::RequestParser;

struct Front {
    supervisor::ClientPeer peer;
    supervisor::AddressSet trusted;
};

Front front_for(bool trusted) {
    Front front{{*supervisor::IpAddress::from_text("192.0.2.1"), "192.0.2.1", trusted},
                *supervisor::AddressSet::from({"192.0.2.1", "2001:db8::/32"})};
    return front;
}

void expect_grammar(const RequestHead& head, std::string_view bytes) {
    CHECK(bytes.size() + 2 <= http::kMaxHeadBytes && head.fields.size() <= http::kMaxFields);
    CHECK(http::is_token(head.method) && (head.minor_version == 0 || head.minor_version == 1));
    for (const char c : head.target) CHECK(c > ' ' && c < 0x7f && c != '#');
    CHECK(!head.host.empty() || head.minor_version == 0);
    if (!head.host.empty()) CHECK(http::host_key(head.host) == head.host);
    CHECK(head.path.starts_with("/") || (head.path == "*" && head.method == "OPTIONS"));
    CHECK(head.count("host") <= 1 && head.count("transfer-encoding") <= 1);
    CHECK(head.count("content-length") <= 1);
    CHECK(head.count("content-length") + head.count("transfer-encoding") <= 1);
    using http::BodyKind;
    CHECK((head.count("transfer-encoding") == 1) == (head.framing.kind == BodyKind::chunked));
    CHECK(head.framing.kind != BodyKind::until_close);
    if (head.framing.kind == BodyKind::chunked) CHECK(head.minor_version == 1);
}

void expect_origin(const RequestHead& sent, const RequestHead& got, const Front& front) {
    const auto address = got.only(contracts::kClientAddressField);
    CHECK(address && supervisor::IpAddress::from_text(*address));
    const auto chain = got.only(contracts::kForwardedForField);
    CHECK(chain && chain->ends_with(front.peer.text) && got.count("forwarded") == 0);
    CHECK(got.count(contracts::kForwardedProtoField) == 1);
    CHECK(got.only(contracts::kRequestIdField) == "id-1");
    if (front.peer.trusted) return;
    CHECK(*address == front.peer.text && *chain == front.peer.text);
    CHECK(got.only(contracts::kForwardedProtoField) == "http");
    CHECK(got.count("x-forwarded-host") == 0);
    CHECK(got.fields.size() <= sent.fields.size() + 5);
}

// The worker's parser over the head that the front writes.
void expect_same_at_worker(const RequestHead& head, const Front& front) {
    std::string written;
    supervisor::write_request_head(head, front.peer, front.trusted, "id-1", written);
    RequestParser worker(http::kBehindFrontLimits);
    std::string_view rest = written;
    CHECK(worker.step(rest).event == http::Event::head && rest.empty());
    const RequestHead& got = worker.head();
    CHECK(got.method == head.method && got.target == head.target && got.host == head.host);
    CHECK(got.path == head.path && got.query == head.query);
    CHECK(got.minor_version == head.minor_version);
    CHECK(got.framing.kind == head.framing.kind && got.framing.length == head.framing.length);
    CHECK(got.expects_continue == head.expects_continue);
    CHECK(got.wants_upgrade == head.wants_upgrade);
    expect_origin(head, got, front);
}

}  // namespace
}  // namespace posta::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta::fuzz;
    Input input(data, size);
    const Front front = front_for(input.byte() % 2 != 0);
    Pieces pieces(input);
    const std::string_view text = input.rest();
    const auto go_on = [] { return true; };

    Transcript whole;
    RequestParser parser;
    feed(
        parser, text, whole,
        [&] {
            expect_grammar(parser.head(), parser.head_bytes());
            expect_same_at_worker(parser.head(), front);
        },
        go_on);

    Transcript cut;
    RequestParser other;
    pieces.feed(text, [&](std::string_view piece) {
        return feed(
            other, piece, cut, [] {}, go_on);
    });
    CHECK(whole == cut);
    return 0;
}
