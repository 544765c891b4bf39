#pragma once
// The two forms of the identity's URL, ready to be sent: the actor document and the landing card.
//
// Both are asked for far more often than they change, and a command (identity, token) may change
// the profile in the database beside the running worker. So each request reads the profile, one
// small row, and the bytes are made again only when something in it is new.

#include <string>
#include <vector>

#include "common/base/result.h"
#include "worker/identity/actor_document.h"
#include "worker/store/identity_store.h"

namespace posta::worker {

struct Representation {
    std::string bytes;
    std::string etag;
};

class Portrait {
public:
    // `base` holds what does not change while the worker runs: URL and keys.
    Portrait(store::IdentityStore& profiles, PublicIdentity base)
        : profiles_(profiles), shown_(std::move(base)) {}

    // The references are good until the next call of any of the three.
    Result<const PublicIdentity*> identity();
    Result<const Representation*> document();
    Result<const Representation*> card();

private:
    store::IdentityStore& profiles_;
    PublicIdentity shown_;
    Representation document_;  // empty: to be made
    Representation card_;
};

}  // namespace posta::worker
