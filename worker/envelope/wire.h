#pragma once
// Every name and number of the wire protocol that its public pages leave open, and those that they
// fix, in one place: correcting one is a change of one line here (PROTOCOL.md says which is which).

#include <chrono>
#include <cstddef>
#include <string_view>

namespace posta::wire {

inline constexpr std::string_view kContentType = "application/posta+json";
inline constexpr std::string_view kSignatureField = "Posta-Signature";
inline constexpr std::string_view kChallenge = "Posta";  // of WWW-Authenticate with a 401

inline constexpr int kVersion = 1;
inline constexpr std::string_view kAlgorithm = "ed25519";

// Members of an envelope.
inline constexpr std::string_view kVersionMember = "version";
inline constexpr std::string_view kIdMember = "id";
inline constexpr std::string_view kSenderMember = "sender";
inline constexpr std::string_view kRecipientMember = "recipient";
inline constexpr std::string_view kTimestampMember = "timestamp";
inline constexpr std::string_view kKeyIdMember = "keyId";
inline constexpr std::string_view kInReplyToMember = "inReplyTo";
inline constexpr std::string_view kPayloadMember = "payload";

// Limits count bytes.
inline constexpr std::size_t kMaxBodyBytes = 65'536;
inline constexpr std::size_t kMaxIdBytes = 256;
inline constexpr std::size_t kMaxInReplyToBytes = 256;
inline constexpr std::size_t kSignatureBytes = 64;
inline constexpr std::size_t kPublicKeyBytes = 32;
inline constexpr std::chrono::minutes kTimestampWindow{5};  // either way

// Of an actor document.
inline constexpr std::size_t kMaxDocumentBytes = 65'536;
inline constexpr std::size_t kMaxNameBytes = 256;
inline constexpr std::size_t kMaxAboutBytes = 4'096;
inline constexpr std::size_t kMaxAvatarBytes = 2'048;
inline constexpr std::size_t kMaxKindBytes = 64;
inline constexpr std::size_t kMaxKeys = 16;
inline constexpr std::size_t kMaxKeyIdBytes = 128;

// Fetching a peer's actor document, and delivering to a peer.
inline constexpr std::chrono::seconds kConnectDeadline{5};
inline constexpr std::chrono::seconds kFetchDeadline{10};
inline constexpr std::chrono::minutes kDocumentLifetime{5};
inline constexpr std::chrono::seconds kRefetchAge{10};  // older copies are asked again for a key
inline constexpr std::chrono::seconds kFailureLifetime{30};

// With 503: when to come back.
inline constexpr std::chrono::seconds kRetryWhenUnavailable{5};

// Why a message is refused, in the order in which the reasons are looked for (section 5).
enum class Refusal {
    method_not_allowed,
    not_found,
    rate_limited,
    unsupported_media_type,
    too_large,
    malformed_envelope,
    unsupported_version,
    wrong_recipient,
    timestamp_out_of_window,
    actor_doc_unavailable,
    unknown_key,
    bad_signature,
    forbidden,
    duplicate_id,
    internal,
    unavailable,
};

struct RefusalAnswer {
    int status;
    std::string_view code;  // `error` in the body
};

constexpr RefusalAnswer answer_for(Refusal refusal) {
    switch (refusal) {
        case Refusal::method_not_allowed:
            return {405, "method-not-allowed"};
        case Refusal::not_found:
            return {404, "not-found"};
        case Refusal::rate_limited:
            return {429, "rate-limited"};
        case Refusal::unsupported_media_type:
            return {415, "unsupported-media-type"};
        case Refusal::too_large:
            return {413, "too-large"};
        case Refusal::malformed_envelope:
            return {400, "malformed-envelope"};
        case Refusal::unsupported_version:
            return {400, "unsupported-version"};
        case Refusal::wrong_recipient:
            return {421, "wrong-recipient"};
        case Refusal::timestamp_out_of_window:
            return {400, "timestamp-out-of-window"};
        case Refusal::actor_doc_unavailable:
            return {502, "actor-doc-unavailable"};
        case Refusal::unknown_key:
            return {401, "unknown-key"};
        case Refusal::bad_signature:
            return {401, "bad-signature"};
        case Refusal::forbidden:
            return {403, "forbidden"};
        case Refusal::duplicate_id:
            return {409, "duplicate-id"};
        case Refusal::internal:
            return {500, "internal"};
        case Refusal::unavailable:
            return {503, "unavailable"};
    }
    return {500, "internal"};  // not reached: the switch is complete
}

// A refusal with the sentence that tells the sender's operator what was wrong.
struct Refused {
    Refusal refusal = Refusal::internal;
    std::string_view message;  // static text: nothing of the request is echoed
};

}  // namespace posta::wire
