#include "worker/store/secret.h"

#include <sodium.h>

#include <optional>

#include "common/base/encoding.h"
#include "common/base/random_id.h"

namespace posta::store {
namespace {
constexpr std::size_t kSecretBytes = 32;
}

std::string make_secret(std::string_view prefix) {
    return std::string(prefix) + base64url_encode(random_bytes(kSecretBytes));
}

bool has_secret_form(std::string_view text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    const std::optional<std::string> bytes = base64url_decode(text.substr(prefix.size()));
    return bytes && bytes->size() == kSecretBytes;
}

std::string hash_of_secret(std::string_view secret) {
    std::string hash(crypto_hash_sha256_BYTES, '\0');
    crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()),
                       reinterpret_cast<const unsigned char*>(secret.data()), secret.size());
    return hash;
}

}  // namespace posta::store
