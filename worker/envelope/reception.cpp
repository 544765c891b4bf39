#include "worker/envelope/reception.h"

#include <algorithm>

namespace posta::wire {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool within_window(WallTime timestamp, WallTime now) {
    return timestamp >= now - kTimestampWindow && timestamp <= now + kTimestampWindow;
}

}  // namespace

Refused unsupported_media_type() {
    return {Refusal::unsupported_media_type, "the content type must be application/posta+json"};
}

bool is_posta_json(std::string_view content_type) {
    std::string_view type = content_type.substr(0, content_type.find(';'));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
    return std::equal(type.begin(), type.end(), kContentType.begin(), kContentType.end(),
                      [](char given, char expected) { return lower(given) == expected; });
}

Result<Opened, Refused> open_submission(const Submission& submission, std::string_view recipient,
                                        WallTime now) {
    // 5.1.1
    if (submission.content_types.size() != 1 || !is_posta_json(submission.content_types.front())) {
        return unsupported_media_type();
    }
    // 5.1.2
    if (submission.body_too_large || submission.body.size() > kMaxBodyBytes) {
        return Refused{Refusal::too_large, "the body is over 65536 bytes"};
    }
    // 5.1.3
    const auto signature = parse_signature(submission.signatures);
    if (!signature) {
        return Refused{Refusal::malformed_envelope,
                       "there must be one Posta-Signature, the padded base64 of 64 bytes"};
    }
    // 5.1.4, 5.1.5
    Envelope envelope = TRY(parse_envelope(submission.body));
    // 5.2
    if (envelope.recipient != recipient) {
        return Refused{Refusal::wrong_recipient, "the recipient does not live at this URL"};
    }
    // 5.3
    if (!within_window(envelope.timestamp, now)) {
        return Refused{Refusal::timestamp_out_of_window,
                       "the timestamp is more than 5 minutes from this server's clock"};
    }
    return Opened{std::move(envelope), *signature};
}

namespace {

class Reception : public std::enable_shared_from_this<Reception> {
public:
    Reception(ReceptionParts& parts, std::function<void(const Verdict&)> on_verdict)
        : parts_(parts), on_verdict_(std::move(on_verdict)) {}

    // 5.1 to 5.3, then asks for the key.
    void open(std::string_view recipient, WallTime now, Submission submission) {
        auto opened = open_submission(submission, recipient, now);
        if (!opened) return refuse(opened.error());
        envelope_ = std::move(opened->envelope);
        signature_ = opened->signature;
        body_ = std::make_shared<const std::string>(std::move(submission.body));
        parts_.find_key(envelope_->sender, envelope_->key_id,
                        [self = shared_from_this()](const auto& key) { self->on_key(key); });
    }

private:
    // 5.4
    void on_key(const Result<PublicKey, Refused>& key) {
        if (!key) return refuse(key.error());
        parts_.verify(*key, signature_, body_,
                      [self = shared_from_this()](bool valid) { self->on_verified(valid); });
    }

    // 5.5
    void on_verified(bool valid) {
        if (!valid) {
            return refuse(
                {Refusal::bad_signature, "the signature is not that key's over this body"});
        }
        admit();
    }

    // 5.5.1: from here on the sender is proven; only now is it charged, or told whether it is a
    // contact.
    void admit() {
        if (const auto wait = parts_.charge(envelope_->sender)) {
            return refuse({Refusal::rate_limited, "too many messages from this sender"}, *wait);
        }
        const auto admitted = parts_.admits(envelope_->sender);
        if (!admitted) return fail(admitted.error());
        if (!*admitted) {
            return refuse({Refusal::forbidden, "only contacts may write to this identity"});
        }
        store();
    }

    // 5.6, 5.7
    void store() {
        const auto is_new = parts_.store(*envelope_, signature_, *body_);
        if (!is_new) return fail(is_new.error());
        if (!*is_new) {
            return refuse({Refusal::duplicate_id, "this sender's message of that id is stored"});
        }
        on_verdict_(Verdict{std::nullopt, {}, std::move(envelope_)});
    }

    void refuse(Refused refused, std::chrono::seconds retry_after = {}) {
        on_verdict_(Verdict{refused, retry_after, std::move(envelope_)});
    }

    void fail(const Error& error) {
        if (error.code == ErrorCode::unavailable) {
            return refuse({Refusal::unavailable, "the message cannot be stored now"},
                          kRetryWhenUnavailable);
        }
        refuse({Refusal::internal, "the message could not be stored"});
    }

    ReceptionParts& parts_;
    std::function<void(const Verdict&)> on_verdict_;
    std::shared_ptr<const std::string> body_;
    Signature signature_{};
    std::optional<Envelope> envelope_;
};

}  // namespace

void receive(ReceptionParts& parts, std::string_view recipient, WallTime now, Submission submission,
             std::function<void(const Verdict&)> on_verdict) {
    std::make_shared<Reception>(parts, std::move(on_verdict))
        ->open(recipient, now, std::move(submission));
}

}  // namespace posta::wire
