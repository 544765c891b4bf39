#include "worker/handlers/inbox.h"

#include "common/base/rfc3339.h"

namespace posta::worker {

Inbox::Inbox(Parts parts)
    : parts_(std::move(parts)),
      senders_(parts_.rate_per_minute, kRememberedSenders),
      verifier_(parts_.loop) {}

void Inbox::receive(wire::Submission submission, OnVerdict on_verdict) {
    wire::receive(*this, parts_.url, parts_.clock.now(), std::move(submission),
                  [this, on_verdict = std::move(on_verdict)](const wire::Verdict& verdict) {
                      pass_on(verdict, on_verdict);
                  });
}

void Inbox::find_key(const std::string& sender, const std::string& key_id, OnKey on_key) {
    parts_.documents.find_key(sender, key_id, std::move(on_key));
}

void Inbox::verify(const wire::PublicKey& key, const wire::Signature& signature,
                   std::shared_ptr<const std::string> body, OnVerified on_verified) {
    verifier_.add(key, signature, std::move(body), std::move(on_verified));
}

std::optional<std::chrono::seconds> Inbox::charge(const std::string& sender) {
    const auto wait = senders_.charge(sender, parts_.clock.steady());
    if (!wait) return std::nullopt;
    return std::chrono::ceil<std::chrono::seconds>(*wait);
}

Result<bool> Inbox::admits(const std::string& sender) {
    switch (parts_.acl) {
        case manifest::Acl::open:
            return true;
        case manifest::Acl::contacts:
            return parts_.store.contacts().contains(sender);
    }
    return false;  // not reached: the switch is complete
}

Result<bool> Inbox::store(const wire::Envelope& envelope, const wire::Signature& signature,
                          std::string_view body) {
    return parts_.store.turn().join([&] { return add(envelope, signature, body); });
}

Result<bool> Inbox::add(const wire::Envelope& envelope, const wire::Signature& signature,
                        std::string_view body) {
    const std::string sent_at = format_time(envelope.timestamp);
    const std::string received_at = format_time(parts_.clock.now());
    const std::string signature_bytes(signature.begin(), signature.end());
    store::MessageStore::Inbound message;
    message.id = envelope.id;
    message.sender = envelope.sender;
    message.in_reply_to = envelope.in_reply_to ? std::string_view(*envelope.in_reply_to) : "";
    message.payload = envelope.payload;
    message.key_id = envelope.key_id;
    message.body = body;
    message.signature = signature_bytes;
    message.sent_at = sent_at;
    message.received_at = received_at;
    const auto row_id = TRY(parts_.store.messages().add_inbound(message));
    if (!row_id) return false;
    const bool is_new = TRY(parts_.store.contacts().note_message(envelope.sender, received_at));
    if (is_new) {
        TRY(parts_.announcer.announce(contact_changed_event(envelope.sender)));
        parts_.store.turn().after_commit(
            [meet = parts_.on_new_contact, sender = envelope.sender] { meet(sender); });
    }
    TRY(parts_.announcer.announce(inbound_event(*row_id)));
    return true;
}

void Inbox::pass_on(const wire::Verdict& verdict, const OnVerdict& on_verdict) {
    if (verdict.refused) {
        const auto answer = wire::answer_for(verdict.refused->refusal);
        parts_.log.info(
            "a message was not taken",
            {{"error", answer.code}, {"sender", verdict.envelope ? verdict.envelope->sender : ""}});
    }
    parts_.store.turn().when_over([verdict, on_verdict](const Result<void>& committed) {
        if (committed) return on_verdict(verdict);
        wire::Verdict lost;
        lost.refused =
            wire::Refused{wire::Refusal::unavailable, "the message cannot be stored now"};
        lost.retry_after = wire::kRetryWhenUnavailable;
        on_verdict(lost);
    });
}

}  // namespace posta::worker
