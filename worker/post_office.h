#pragma once
// Everything of one worker that has to do with peers, put together: what receives, what sends, and
// the client and the documents that both use.

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/contracts/settings.h"
#include "common/loop/event_loop.h"
#include "worker/events/event.h"
#include "worker/handlers/inbox.h"
#include "worker/identity/keys.h"
#include "worker/outbox/actor_documents.h"
#include "worker/outbox/contact_cards.h"
#include "worker/outbox/document_fetch.h"
#include "worker/outbox/https_client.h"
#include "worker/outbox/https_delivery.h"
#include "worker/outbox/outbox.h"
#include "worker/store/store.h"

namespace posta::worker {

class KeySigner final : public Signer {
public:
    explicit KeySigner(const KeyRing& keys) : keys_(keys) {}

    std::string key_id() const override { return keys_.signing_key().id; }
    std::string sign(std::string_view body) const override {
        return keys_.signing_key().private_key.sign(body);
    }

private:
    const KeyRing& keys_;
};

class PostOffice {
public:
    struct Parts {
        EventLoop& loop;
        const Clock& clock;
        Log& log;
        store::Store& store;
        const KeyRing& keys;
        const contracts::WorkerSettings& settings;
        Announcer& announcer;
    };
    explicit PostOffice(const Parts& parts);

    // Takes up the sending that an earlier process left.
    Result<void> start() { return outbox_.start(); }
    // Takes up what another process has queued: a predecessor that drained, a command.
    void look_again() { outbox_.look_again(); }
    // Begins no further delivery; what arrives is still received.
    void stop() { outbox_.stop(); }
    // At the end of each turn of the loop, before its writes are committed.
    void end_turn() { inbox_.end_turn(); }

    // Somebody has become a contact: what is shown of it is looked up.
    void meet(const std::string& peer);

    Inbox& inbox() { return inbox_; }
    Outbox& outbox() { return outbox_; }
    ActorDocuments& documents() { return documents_; }

private:
    KeySigner signer_;
    HttpsClient client_;
    DocumentFetch fetch_;
    HttpsDelivery delivery_;
    ContactCards cards_;
    ActorDocuments documents_;
    Inbox inbox_;
    Outbox outbox_;
};

}  // namespace posta::worker
