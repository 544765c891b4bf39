#include "worker/post_office.h"

#include "common/base/random_id.h"

namespace posta::worker {
namespace {

// In [0, 1), from one random byte: fine enough for a tenth of a wait.
double random_share() { return static_cast<unsigned char>(random_bytes(1).front()) / 256.0; }

}  // namespace

PostOffice::PostOffice(const Parts& parts)
    : signer_(parts.keys),
      client_(parts.loop,
              {parts.settings.tenant.ca_bundle, parts.settings.tenant.allow_private_peers}),
      fetch_(client_),
      delivery_(client_),
      cards_(fetch_, parts.store, parts.announcer, parts.log),
      documents_(parts.clock, cards_),
      inbox_({parts.loop, parts.clock, parts.log, parts.store, parts.announcer, documents_,
              parts.settings.url, parts.settings.tenant.acl, parts.settings.tenant.rate_per_minute,
              [this](const std::string& sender) { meet(sender); }}),
      outbox_({parts.loop, parts.clock, parts.log, parts.store, parts.announcer, delivery_, signer_,
               parts.settings.url, random_share}) {}

void PostOffice::meet(const std::string& peer) {
    documents_.get(peer, [this](const Result<ActorDocuments::Document>& document) {
        if (document) cards_.keep(**document);
    });
}

}  // namespace posta::worker
