#pragma once
// What handlers work with: the parts of one worker, by reference. Owns nothing but what is made
// from them.

#include "common/base/clock.h"
#include "common/base/log.h"
#include "worker/events/events.h"
#include "worker/identity/portrait.h"
#include "worker/post_office.h"
#include "worker/store/store.h"

namespace posta::worker {

class App {
public:
    App(const Clock& clock, Log& log, store::Store& store, Events& events, PostOffice& post_office,
        PublicIdentity identity, std::size_t most_bytes_of_a_page)
        : clock_(clock),
          log_(log),
          store_(store),
          events_(events),
          post_office_(post_office),
          most_bytes_of_a_page_(most_bytes_of_a_page),
          url_(identity.url),
          portrait_(store.identity(), std::move(identity)) {}

    const Clock& clock() const { return clock_; }
    Log& log() { return log_; }
    store::Store& store() { return store_; }
    Events& events() { return events_; }
    Portrait& portrait() { return portrait_; }
    const std::string& url() const { return url_; }  // this identity's
    // How much a page of messages may hold in memory.
    std::size_t most_bytes_of_a_page() const { return most_bytes_of_a_page_; }
    Inbox& inbox() { return post_office_.inbox(); }
    // Once it is committed that this peer has become a contact.
    void meet(const std::string& peer) { post_office_.meet(peer); }
    Outbox& outbox() { return post_office_.outbox(); }

private:
    const Clock& clock_;
    Log& log_;
    store::Store& store_;
    Events& events_;
    PostOffice& post_office_;
    std::size_t most_bytes_of_a_page_;
    std::string url_;
    Portrait portrait_;
};

}  // namespace posta::worker
