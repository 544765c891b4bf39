#include "worker/identity/portrait.h"

#include "worker/http/etag.h"
#include "worker/pages/landing.h"

namespace posta::worker {

namespace {

Representation represented(std::string bytes) {
    std::string etag = etag_of(bytes);
    return {std::move(bytes), std::move(etag)};
}

}  // namespace

Result<const PublicIdentity*> Portrait::identity() {
    const std::optional<store::Profile> profile = TRY(profiles_.profile());
    PublicIdentity now = shown_;
    now.name = profile ? profile->name : std::string();
    now.about = profile ? profile->about : std::string();
    now.avatar = profile ? profile->avatar : std::string();
    if (now != shown_) {
        shown_ = std::move(now);
        document_ = {};
        card_ = {};
    }
    return &shown_;
}

Result<const Representation*> Portrait::document() {
    const PublicIdentity* shown = TRY(identity());
    if (document_.etag.empty()) document_ = represented(actor_document(*shown));
    return &document_;
}

Result<const Representation*> Portrait::card() {
    const PublicIdentity* shown = TRY(identity());
    if (card_.etag.empty()) card_ = represented(pages::landing_page(*shown));
    return &card_;
}

}  // namespace posta::worker
