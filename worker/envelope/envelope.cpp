#include "worker/envelope/envelope.h"

#include <algorithm>

#include "common/base/rfc3339.h"
#include "common/json/parse.h"
#include "common/json/write.h"
#include "common/url/canonical.h"

namespace posta::wire {
namespace {

Refused malformed(std::string_view message) { return {Refusal::malformed_envelope, message}; }

Result<std::string_view, Refused> text_of(const json::Value& envelope, std::string_view name,
                                          std::string_view complaint) {
    const json::Value* member = envelope.find(name);
    const auto text = member != nullptr ? member->string() : std::nullopt;
    if (!text) return malformed(complaint);
    return *text;
}

// An integer, however large: what does not fit is another version, not another type.
bool is_spelled_as_integer(const json::Value& value) {
    return value.kind() == json::Kind::number &&
           value.raw().find_first_of(".eE") == std::string_view::npos;
}

}  // namespace

bool is_message_id(std::string_view id) {
    return !id.empty() && id.size() <= kMaxIdBytes &&
           std::all_of(id.begin(), id.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

Result<Envelope, Refused> parse_envelope(std::string_view body) {
    const auto parsed = json::parse(body);
    if (!parsed) return malformed("the body is not well-formed JSON");
    const json::Value& root = *parsed;
    if (root.kind() != json::Kind::object) return malformed("the body is not a JSON object");

    const json::Value* version = root.find(kVersionMember);
    if (version == nullptr || !is_spelled_as_integer(*version)) {
        return malformed("version must be an integer");
    }
    Envelope envelope;
    envelope.id = TRY(text_of(root, kIdMember, "id must be a string"));
    envelope.sender = TRY(text_of(root, kSenderMember, "sender must be a string"));
    envelope.recipient = TRY(text_of(root, kRecipientMember, "recipient must be a string"));
    const auto timestamp = TRY(text_of(root, kTimestampMember, "timestamp must be a string"));
    envelope.key_id = TRY(text_of(root, kKeyIdMember, "keyId must be a string"));
    if (root.find(kInReplyToMember) != nullptr) {
        envelope.in_reply_to = TRY(text_of(root, kInReplyToMember, "inReplyTo must be a string"));
    }
    const json::Value* payload = root.find(kPayloadMember);
    if (payload == nullptr) return malformed("payload is missing");
    envelope.payload = payload->raw();

    if (!is_message_id(envelope.id)) {
        return malformed("id must be 1 to 256 bytes of printable ASCII");
    }
    if (envelope.in_reply_to && envelope.in_reply_to->size() > kMaxInReplyToBytes) {
        return malformed("inReplyTo must be at most 256 bytes");
    }
    if (!url::is_canonical(envelope.sender)) return malformed("sender must be a canonical URL");
    if (!url::is_canonical(envelope.recipient)) {
        return malformed("recipient must be a canonical URL");
    }
    const auto time = parse_time(timestamp);
    if (!time) return malformed("timestamp must be an RFC 3339 time");
    envelope.timestamp = *time;

    if (version->integer() != kVersion) {
        return Refused{Refusal::unsupported_version, "only version 1 is spoken here"};
    }
    return envelope;
}

std::string write_envelope(const Envelope& envelope) {
    json::Writer out;
    out.begin_object();
    out.member(kVersionMember, kVersion);
    out.member(kIdMember, envelope.id);
    out.member(kSenderMember, envelope.sender);
    out.member(kRecipientMember, envelope.recipient);
    out.member(kTimestampMember, format_time(envelope.timestamp));
    out.member(kKeyIdMember, envelope.key_id);
    if (envelope.in_reply_to) out.member(kInReplyToMember, *envelope.in_reply_to);
    out.key(kPayloadMember).raw(envelope.payload);
    out.end_object();
    return std::move(out).text();
}

}  // namespace posta::wire
