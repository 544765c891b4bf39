#pragma once
// The actor document (wire.md section 3) as bytes. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace posta::worker {

// What an identity shows to everybody.
struct PublicIdentity {
    struct Key {
        std::string id;
        std::string public_key;  // 32 bytes
        bool operator==(const Key&) const = default;
    };

    std::string url;  // canonical
    std::string name;
    std::string about;
    std::string avatar;
    std::vector<Key> keys;  // never empty; all that count
    std::string signing_key_id;

    bool operator==(const PublicIdentity&) const = default;
    const Key& signing_key() const;
};

// Every identity of this server is a person's (wire.md: `kind` is free text, for display).
constexpr std::string_view kIdentityKind = "person";

std::string actor_document(const PublicIdentity& identity);

// A key for people to compare: the SHA-256 of its 32 bytes, in hex, in groups of four.
std::string key_fingerprint(std::string_view public_key);

}  // namespace posta::worker
