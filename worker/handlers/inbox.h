#pragma once
// Where messages of peers arrive: gives the checks of section 5 (envelope/reception.h) what they
// need from this worker.
//
// Verification runs on the thread pool. Everything from the sender's limit on happens in one go in
// the turn's transaction, and every verdict waits for its commit: an accepted message is on disk
// before anybody hears of it, and a duplicate is answered only when its twin is on disk too.

#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/loop/event_loop.h"
#include "common/manifest/manifest.h"
#include "worker/auth/rate_limiter.h"
#include "worker/envelope/reception.h"
#include "worker/events/event.h"
#include "worker/handlers/verifier.h"
#include "worker/outbox/actor_documents.h"
#include "worker/store/store.h"

namespace posta::worker {

class Inbox final : private wire::ReceptionParts {
public:
    struct Parts {
        EventLoop& loop;
        const Clock& clock;
        Log& log;
        store::Store& store;
        Announcer& announcer;
        ActorDocuments& documents;
        std::string url;  // this identity's
        manifest::Acl acl;
        int rate_per_minute;  // for each proven sender; 0: no limit
        std::function<void(const std::string&)> on_new_contact;  // durably
    };
    explicit Inbox(Parts parts);

    // Calls `on_verdict` once, when the verdict may leave; not after this has been destroyed.
    using OnVerdict = std::function<void(const wire::Verdict&)>;
    void receive(wire::Submission submission, OnVerdict on_verdict);
    // At the end of each turn of the loop.
    void end_turn() { verifier_.hand_over(); }
    // Messages are being verified, and will be written soon.
    bool expects_more() const { return verifier_.is_at_work(); }

private:
    void find_key(const std::string& sender, const std::string& key_id, OnKey on_key) override;
    void verify(const wire::PublicKey& key, const wire::Signature& signature,
                std::shared_ptr<const std::string> body, OnVerified on_verified) override;
    std::optional<std::chrono::seconds> charge(const std::string& sender) override;
    Result<bool> admits(const std::string& sender) override;
    Result<bool> store(const wire::Envelope& envelope, const wire::Signature& signature,
                       std::string_view body) override;

    Result<bool> add(const wire::Envelope& envelope, const wire::Signature& signature,
                     std::string_view body);
    void pass_on(const wire::Verdict& verdict, const OnVerdict& on_verdict);

    static constexpr std::size_t kRememberedSenders = 4096;

    Parts parts_;
    RateLimiter senders_;
    Verifier verifier_;
};

}  // namespace posta::worker
