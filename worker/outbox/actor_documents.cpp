#include "worker/outbox/actor_documents.h"

#include <utility>

namespace posta::worker {
namespace {

using wire::Refusal;
using wire::Refused;

Refused unavailable() {
    return {Refusal::actor_doc_unavailable, "the sender's actor document cannot be had"};
}

Result<wire::PublicKey, Refused> key_in(const wire::ActorDocument& document,
                                        std::string_view key_id) {
    const wire::ActorKey* key = document.find_key(key_id);
    if (key == nullptr) {
        return Refused{Refusal::unknown_key, "the sender's actor document does not list this key"};
    }
    return key->public_key;
}

}  // namespace

ActorDocuments::ActorDocuments(const Clock& clock, DocumentSource& source, Limits limits)
    : clock_(clock), source_(source), limits_(limits) {}

void ActorDocuments::get(const std::string& url, OnDocument on_document) {
    if (const Entry* entry = find(url)) {
        if (is_valid(*entry)) return on_document(entry->document);
        if (const Error* failure = recent_failure(*entry)) return on_document(*failure);
    }
    fetch(url, std::move(on_document));
}

void ActorDocuments::find_key(const std::string& url, const std::string& key_id, OnKey on_key) {
    if (const Entry* entry = find(url); entry != nullptr && is_valid(*entry)) {
        auto key = key_in(*entry->document, key_id);
        const bool young = clock_.steady() - entry->fetched_at <= wire::kRefetchAge;
        if (key || young) return on_key(std::move(key));
        if (recent_failure(*entry) != nullptr) return on_key(unavailable());
    } else if (entry != nullptr && recent_failure(*entry) != nullptr) {
        return on_key(unavailable());
    }
    fetch(url, [key_id, on_key = std::move(on_key)](const Result<Document>& document) {
        if (!document) return on_key(unavailable());
        on_key(key_in(**document, key_id));
    });
}

// The entry moves to the front: it was asked for.
ActorDocuments::Entry* ActorDocuments::find(const std::string& url) {
    const auto found = by_url_.find(url);
    if (found == by_url_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &entries_.front();
}

ActorDocuments::Entry& ActorDocuments::entry_for(const std::string& url) {
    if (Entry* entry = find(url)) return *entry;
    entries_.emplace_front();
    entries_.front().url = url;
    by_url_.emplace(entries_.front().url, entries_.begin());
    if (entries_.size() > limits_.documents) {
        by_url_.erase(entries_.back().url);
        entries_.pop_back();
    }
    return entries_.front();
}

const Error* ActorDocuments::recent_failure(const Entry& entry) const {
    const bool recent = entry.failure && clock_.steady() - entry.failed_at < wire::kFailureLifetime;
    return recent ? &*entry.failure : nullptr;
}

bool ActorDocuments::is_valid(const Entry& entry) const {
    return entry.document && clock_.steady() - entry.fetched_at <= wire::kDocumentLifetime;
}

void ActorDocuments::fetch(const std::string& url, OnDocument on_document) {
    if (const auto running = fetches_.find(url); running != fetches_.end()) {
        running->second.push_back(std::move(on_document));
        return;
    }
    if (fetches_.size() >= limits_.fetches) {
        return on_document(Error{ErrorCode::unavailable, "too many actor documents being fetched"});
    }
    fetches_[url].push_back(std::move(on_document));
    source_.fetch(url, [this, url](Result<wire::ActorDocument> fetched) {
        on_fetched(url, std::move(fetched));
    });
}

void ActorDocuments::on_fetched(const std::string& url, Result<wire::ActorDocument> fetched) {
    Entry& entry = entry_for(url);
    Result<Document> outcome = Document();
    if (fetched) {
        entry.document = std::make_shared<const wire::ActorDocument>(std::move(fetched).value());
        entry.fetched_at = clock_.steady();
        entry.failure.reset();
        outcome = entry.document;
    } else {
        entry.failure = std::move(fetched).error();
        entry.failed_at = clock_.steady();
        outcome = *entry.failure;
    }
    // Taken out first: those who waited may ask again.
    const auto waiting = std::move(fetches_.extract(url).mapped());
    for (const OnDocument& on_document : waiting) on_document(outcome);
}

}  // namespace posta::worker
