#pragma once
// The document that a participant's URL answers with: who it is and which keys sign for it (wire.md
// section 3). Pure.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "worker/envelope/signature.h"

namespace posta::wire {

struct ActorKey {
    std::string id;
    PublicKey public_key;
};

struct ActorDocument {
    std::string url;
    // For display; empty when left out.
    std::string name;
    std::string about;
    std::string avatar;
    std::string kind;
    // In the order of the document; keys of another algorithm are left out.
    std::vector<ActorKey> keys;

    // The first key of that id, or null.
    const ActorKey* find_key(std::string_view id) const;
};

// The document of `url` from the body of the answer; `invalid` with the reason when it breaks a
// rule or belongs to another URL. A document that lists keys, but none that we know, is valid.
Result<ActorDocument> parse_actor_document(std::string_view body, std::string_view url);

// Ours. What is empty is left out.
std::string write_actor_document(const ActorDocument& document);

}  // namespace posta::wire
