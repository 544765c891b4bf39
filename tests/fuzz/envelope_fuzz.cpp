// Envelopes (wire.md section 4): what is accepted is within the limits, keeps its payload byte for
// byte, and says the same after being written and read again.

#include "common/json/parse.h"
#include "common/url/canonical.h"
#include "tests/fuzz/target.h"
#include "worker/envelope/reception.h"

namespace posta::wire {
namespace {

void expect_limits(const Envelope& envelope, std::string_view body) {
    CHECK(is_message_id(envelope.id) && envelope.id.size() <= kMaxIdBytes);
    CHECK(url::is_canonical(envelope.sender) && url::is_canonical(envelope.recipient));
    CHECK(!envelope.in_reply_to || envelope.in_reply_to->size() <= kMaxInReplyToBytes);
    CHECK(!envelope.payload.empty() && body.find(envelope.payload) != std::string_view::npos);
    const auto payload = json::parse(envelope.payload);
    CHECK(payload && payload->raw() == envelope.payload);
}

void expect_same(const Envelope& a, const Envelope& b) {
    CHECK(a.id == b.id && a.sender == b.sender && a.recipient == b.recipient);
    CHECK(a.timestamp == b.timestamp && a.key_id == b.key_id && a.in_reply_to == b.in_reply_to);
    CHECK(a.payload == b.payload);
}

}  // namespace
}  // namespace posta::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta;
    const std::string_view body = fuzz::text_of(data, size);
    const auto envelope = wire::parse_envelope(body);
    if (!envelope) {
        CHECK(envelope.error().refusal == wire::Refusal::malformed_envelope ||
              envelope.error().refusal == wire::Refusal::unsupported_version);
        return 0;
    }
    wire::expect_limits(*envelope, body);
    const std::string written = wire::write_envelope(*envelope);
    const auto again = wire::parse_envelope(written);
    CHECK(again);
    wire::expect_same(*envelope, *again);
    CHECK(wire::write_envelope(*again) == written);
    return 0;
}
