// A wire POST as far as it can be judged alone (wire.md sections 5.1.1 to 5.3), with the signature
// header. Input: lines of fields, an empty line, the body. The first broken check decides.

#include <vector>

#include "common/base/encoding.h"
#include "common/base/rfc3339.h"
#include "tests/fuzz/target.h"
#include "worker/envelope/reception.h"

namespace posta::wire {
namespace {

constexpr std::string_view kRecipient = "https://bob.example";

// "T:" a content type, "S:" a signature; others are left out.
Submission submission_from(std::string_view text) {
    Submission submission;
    for (;;) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos || end == 0) break;
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (line.starts_with("T:")) submission.content_types.push_back(line.substr(2));
        if (line.starts_with("S:")) submission.signatures.push_back(line.substr(2));
    }
    if (text.starts_with('\n')) text.remove_prefix(1);
    submission.body = text;
    submission.body_too_large = text.size() > kMaxBodyBytes;
    return submission;
}

void expect_strict_encodings(std::string_view text) {
    if (const auto bytes = base64_decode(text)) CHECK(base64_encode(*bytes) == text);
    if (const auto bytes = base64url_decode(text)) CHECK(base64url_encode(*bytes) == text);
    const auto back = base64_decode(base64_encode(text));
    CHECK(back && *back == text);
    const auto back_url = base64url_decode(base64url_encode(text));
    CHECK(back_url && *back_url == text);
    const auto signature = parse_signature({text});
    if (signature) CHECK(write_signature(*signature) == text);
    CHECK(!parse_signature({text, text}) && !parse_signature({}));
}

}  // namespace
}  // namespace posta::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta;
    using namespace posta::wire;
    const Submission submission = submission_from(fuzz::text_of(data, size));
    for (const std::string_view value : submission.signatures) expect_strict_encodings(value);
    expect_strict_encodings(submission.body);

    const WallTime now = *parse_time("2026-05-10T12:00:00.000Z");
    const auto opened = open_submission(submission, kRecipient, now);
    const bool right_type =
        submission.content_types.size() == 1 && is_posta_json(submission.content_types.front());
    const auto signature = parse_signature(submission.signatures);
    if (!right_type) {
        CHECK(!opened && opened.error().refusal == Refusal::unsupported_media_type);
    } else if (submission.body_too_large) {
        CHECK(!opened && opened.error().refusal == Refusal::too_large);
    } else if (!signature) {
        CHECK(!opened && opened.error().refusal == Refusal::malformed_envelope);
    } else if (const auto envelope = parse_envelope(submission.body); !envelope) {
        CHECK(!opened && opened.error().refusal == envelope.error().refusal);
    } else if (envelope->recipient != kRecipient) {
        CHECK(!opened && opened.error().refusal == Refusal::wrong_recipient);
    } else if (envelope->timestamp > now + kTimestampWindow ||
               envelope->timestamp < now - kTimestampWindow) {
        CHECK(!opened && opened.error().refusal == Refusal::timestamp_out_of_window);
    } else {
        CHECK(opened && opened->signature == *signature && opened->envelope.id == envelope->id);
    }
    return 0;
}
