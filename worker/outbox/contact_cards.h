#pragma once
// Keeps what is shown of contacts (name, about, avatar, kind) as their own documents have it.
//
// It stands between the cache of documents and where they come from: each document that is fetched,
// for whatever reason, brings its contact up to date. Nothing is fetched for it; only somebody who
// becomes a contact is looked up once (PostOffice::meet).

#include <string>

#include "common/base/log.h"
#include "worker/envelope/actor_document.h"
#include "worker/events/event.h"
#include "worker/outbox/actor_documents.h"
#include "worker/store/store.h"

namespace posta::worker {

class ContactCards final : public DocumentSource {
public:
    ContactCards(DocumentSource& source, store::Store& store, Announcer& announcer, Log& log)
        : source_(source), store_(store), announcer_(announcer), log_(log) {}

    void fetch(const std::string& url, OnFetched on_fetched) override;

    // Joins the turn's transaction. Somebody who is no contact does not become one.
    void keep(const wire::ActorDocument& document);

private:
    Result<void> update(const wire::ActorDocument& document);

    DocumentSource& source_;
    store::Store& store_;
    Announcer& announcer_;
    Log& log_;
};

}  // namespace posta::worker
