#include "worker/outbox/outbox.h"

#include <algorithm>

#include "common/base/rfc3339.h"
#include "worker/envelope/envelope.h"
#include "worker/outbox/delivery_rules.h"

namespace posta::worker {
namespace {

// After a fault of our own database: long enough for a full disk not to make us spin.
constexpr std::chrono::seconds kWaitAfterFault{30};

DeliveryJudgement judge(const Result<HttpsAnswer>& answer) {
    return answer ? judge_answer(answer->status, answer->body) : judge_silence();
}

}  // namespace

Outbox::Outbox(Parts parts)
    : parts_(std::move(parts)),
      next_attempt_(parts_.loop, [this] { send_due(); }),
      next_look_(parts_.loop, [this] { look_again(); }) {
    next_attempt_.unref();
    next_look_.unref();
}

Result<void> Outbox::start() {
    TRY(parts_.store.outbox().take_back_unfinished());
    return look();
}

void Outbox::look_again() {
    if (stopped_) return;
    const Result<void> looked = look();
    if (looked) return next_look_.stop();
    parts_.log.error("the outbox cannot see what is queued", {{"error", looked.error().message}});
    next_look_.start_once(kWaitAfterFault);
}

Result<void> Outbox::look() {
    const auto peers = TRY(parts_.store.outbox().peers_with_work());
    for (const std::string& peer : peers) {
        const auto first = TRY(parts_.store.outbox().first_for(peer));
        if (first) queue_.add(peer, due_of(*first));
    }
    set_timer();
    return {};
}

void Outbox::wake(const std::string& peer) {
    queue_.add(peer, parts_.clock.steady());
    set_timer();
}

void Outbox::hurry(const std::string& peer) {
    queue_.hurry(peer, parts_.clock.steady());
    set_timer();
}

void Outbox::stop() {
    stopped_ = true;
    next_attempt_.stop();
    next_look_.stop();
}

void Outbox::send_due() {
    if (stopped_) return;
    for (const std::string& peer : queue_.take_due(parts_.clock.steady())) begin(peer);
    set_timer();
}

void Outbox::begin(const std::string& peer) {
    const auto first = parts_.store.outbox().first_for(peer);
    if (!first) return wait_after_fault(peer, first.error());
    if (!*first) return queue_.remove(peer);
    const auto kept = parts_.store.turn().write([&]() -> Result<void> {
        TRY(parts_.store.outbox().set_sending((*first)->row_id, parts_.signer.key_id()));
        return tell(**first, store::state::kSending, (*first)->last_error_code);
    });
    if (!kept) return wait_after_fault(peer, kept.error());
    attempt(**first);
}

// Each attempt has its own timestamp, because the receiver's window is short, and the key that is
// the newest now. The id stays: it is what makes a second arrival a duplicate.
void Outbox::attempt(const store::Queued& message) {
    wire::Envelope envelope;
    envelope.id = message.id;
    envelope.sender = parts_.url;
    envelope.recipient = message.peer;
    envelope.timestamp = parts_.clock.now();
    envelope.key_id = parts_.signer.key_id();
    if (!message.in_reply_to.empty()) envelope.in_reply_to = message.in_reply_to;
    envelope.payload = message.payload;
    std::string body = wire::write_envelope(envelope);
    const std::string signature = parts_.signer.sign(body);
    parts_.delivery.deliver(
        message.peer, std::move(body), signature,
        [this, message](const Result<HttpsAnswer>& answer) { on_done(message, answer); });
}

void Outbox::on_done(const store::Queued& message, const Result<HttpsAnswer>& answer) {
    const auto settled = parts_.store.turn().write([&] { return settle(message, answer); });
    if (!settled) {
        wait_after_fault(message.peer, settled.error());
        return set_timer();
    }
    // The next message leaves only once it is on disk what became of this one.
    parts_.store.turn().when_over([this, peer = message.peer](const Result<void>& committed) {
        if (committed) {
            go_on(peer);
        } else {
            wait_after_fault(peer, committed.error());
        }
        set_timer();
    });
}

Result<void> Outbox::settle(const store::Queued& message, const Result<HttpsAnswer>& answer) {
    store::OutboxStore& outbox = parts_.store.outbox();
    const DeliveryJudgement judgement = judge(answer);
    switch (judgement.outcome) {
        case DeliveryClass::delivered:
            TRY(outbox.set_delivered(message.row_id));
            return tell(message, store::state::kDelivered, "");
        case DeliveryClass::permanent:
            parts_.log.warn("a message was refused",
                            {{"peer", message.peer}, {"error", judgement.code}});
            return fail(message, store::state::kFailedPermanent, judgement.code);
        case DeliveryClass::transient:
            break;
    }
    const WallTime now = parts_.clock.now();
    const auto wait =
        wait_after(message.attempts + 1, answer ? answer->retry_after : "", now, parts_.jitter());
    parts_.log.info("a delivery failed",
                    {{"peer", message.peer},
                     {"error", answer ? judgement.code : answer.error().message},
                     {"attempt", message.attempts + 1}});
    if (!wait) return fail(message, store::state::kFailedPendingUser, judgement.code);
    TRY(outbox.set_waiting(message.row_id, format_time(now + *wait), judgement.code));
    return tell(message, store::state::kPending, judgement.code);
}

Result<void> Outbox::fail(const store::Queued& message, std::string_view state,
                          std::string_view code) {
    TRY(parts_.store.outbox().set_failed(message.row_id, state, code));
    return tell(message, state, code);
}

Result<void> Outbox::tell(const store::Queued& message, std::string_view state,
                          std::string_view error_code) {
    return parts_.announcer.announce(
        outbound_event({message.row_id, message.id, message.peer, state, error_code}));
}

void Outbox::go_on(const std::string& peer) {
    const auto next = parts_.store.outbox().first_for(peer);
    if (!next) return wait_after_fault(peer, next.error());
    if (*next) {
        queue_.put_back(peer, due_of(**next));
    } else {
        queue_.remove(peer);
    }
}

void Outbox::wait_after_fault(const std::string& peer, const Error& error) {
    parts_.log.error("the outbox cannot use the database", {{"error", error.message}});
    queue_.put_back(peer, parts_.clock.steady() + kWaitAfterFault);
}

// The time in the database is the wall clock's, which may have jumped since: no wait becomes longer
// by that than any that was ever set.
SteadyTime Outbox::due_of(const store::Queued& message) const {
    const SteadyTime now = parts_.clock.steady();
    const auto next = parse_time(message.next_attempt_at);
    if (!next) return now;
    const std::chrono::milliseconds left = *next - parts_.clock.now();
    return now + wait_left(message.attempts, message.last_error_code, left);
}

void Outbox::set_timer() {
    const auto next = queue_.next_due();
    if (stopped_ || !next) return next_attempt_.stop();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - parts_.clock.steady());
    next_attempt_.start_once(std::max(left, std::chrono::milliseconds(0)));
}

}  // namespace posta::worker
