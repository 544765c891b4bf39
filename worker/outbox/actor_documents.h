#pragma once
// Peers' actor documents, fetched when needed and kept for a while (wire.md section 3.1). One for
// the whole worker: receiving, sending and contacts share it.
//
// A copy serves for 5 minutes. A failed fetch is remembered for 30 s per URL. One fetch per URL at
// a time: whoever asks meanwhile waits for the same answer. A key that a copy does not list may be
// new, so a copy older than 10 s is fetched once more before the key is unknown; a younger one is
// believed, so that made-up keys cannot make us hammer a peer.
//
// Bounded both ways: the URL that was asked for longest ago is forgotten first, and strangers who
// name ever new URLs find only so many fetches running. Time comes from the steady clock: a jump of
// the wall clock neither keeps nor drops a copy.

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "worker/envelope/actor_document.h"
#include "worker/envelope/wire.h"

namespace posta::worker {

class DocumentSource {
public:
    using OnFetched = std::function<void(Result<wire::ActorDocument>)>;
    // Calls `on_fetched` once, perhaps before it returns.
    virtual void fetch(const std::string& url, OnFetched on_fetched) = 0;

protected:
    ~DocumentSource() = default;
};

class ActorDocuments {
public:
    struct Limits {
        std::size_t documents = 512;
        std::size_t fetches = 64;
    };

    // The source must not call back once this is destroyed.
    ActorDocuments(const Clock& clock, DocumentSource& source, Limits limits);
    ActorDocuments(const Clock& clock, DocumentSource& source)
        : ActorDocuments(clock, source, Limits()) {}

    // Both call back once, perhaps before they return.
    using Document = std::shared_ptr<const wire::ActorDocument>;
    using OnDocument = std::function<void(const Result<Document>&)>;
    void get(const std::string& url, OnDocument on_document);

    // Step 5.4 of receiving.
    using OnKey = std::function<void(Result<wire::PublicKey, wire::Refused>)>;
    void find_key(const std::string& url, const std::string& key_id, OnKey on_key);

    std::size_t remembered() const { return entries_.size(); }

private:
    struct Entry {
        std::string url;
        Document document;  // the last good one
        SteadyTime fetched_at;
        std::optional<Error> failure;  // of the last try
        SteadyTime failed_at;
    };
    using Entries = std::list<Entry>;  // the most recently asked for first

    Entry* find(const std::string& url);
    Entry& entry_for(const std::string& url);
    const Error* recent_failure(const Entry& entry) const;
    bool is_valid(const Entry& entry) const;
    void fetch(const std::string& url, OnDocument on_document);
    void on_fetched(const std::string& url, Result<wire::ActorDocument> fetched);

    const Clock& clock_;
    DocumentSource& source_;
    Limits limits_;
    Entries entries_;
    std::unordered_map<std::string_view, Entries::iterator> by_url_;  // views into the entries
    std::unordered_map<std::string, std::vector<OnDocument>> fetches_;
};

}  // namespace posta::worker
