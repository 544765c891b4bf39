#include "worker/identity/actor_document.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "common/base/check.h"
#include "common/base/encoding.h"
#include "common/json/write.h"

namespace posta::worker {

const PublicIdentity::Key& PublicIdentity::signing_key() const {
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [&](const Key& key) { return key.id == signing_key_id; });
    CHECK(found != keys.end());
    return *found;
}

std::string actor_document(const PublicIdentity& identity) {
    json::Writer out;
    out.begin_object().member("url", identity.url);
    if (!identity.name.empty()) out.member("name", identity.name);
    if (!identity.about.empty()) out.member("about", identity.about);
    if (!identity.avatar.empty()) out.member("avatar", identity.avatar);
    out.member("kind", kIdentityKind).key("keys").begin_array();
    for (const PublicIdentity::Key& key : identity.keys) {
        out.begin_object()
            .member("id", key.id)
            .member("algorithm", "ed25519")
            .member("publicKey", base64_encode(key.public_key))
            .end_object();
    }
    out.end_array().end_object();
    return std::move(out).text();
}

std::string key_fingerprint(std::string_view public_key) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(public_key.data()),
                       public_key.size());
    const std::string hex = hex_encode({reinterpret_cast<const char*>(hash.data()), hash.size()});
    std::string groups;
    for (std::size_t at = 0; at < hex.size(); at += 4) {
        if (at > 0) groups += ' ';
        groups.append(hex, at, 4);
    }
    return groups;
}

}  // namespace posta::worker
