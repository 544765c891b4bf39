#include "worker/envelope/signature.h"

#include <sodium.h>

#include <algorithm>

#include "common/base/encoding.h"

namespace posta::wire {
namespace {

static_assert(kSignatureBytes == crypto_sign_BYTES);
static_assert(kPublicKeyBytes == crypto_sign_PUBLICKEYBYTES);

template <class Bytes>
std::optional<Bytes> parse_exactly(std::string_view base64) {
    Bytes bytes;
    const auto decoded = base64_decode(base64);
    if (!decoded || decoded->size() != bytes.size()) return std::nullopt;
    std::transform(decoded->begin(), decoded->end(), bytes.begin(),
                   [](char c) { return static_cast<unsigned char>(c); });
    return bytes;
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::optional<Signature> parse_signature(const std::vector<std::string_view>& values) {
    if (values.size() != 1) return std::nullopt;
    return parse_exactly<Signature>(values.front());
}

std::string write_signature(const Signature& signature) {
    return base64_encode(std::string(signature.begin(), signature.end()));
}

std::optional<PublicKey> parse_public_key(std::string_view base64) {
    return parse_exactly<PublicKey>(base64);
}

bool verify(const PublicKey& key, const Signature& signature, std::string_view body) {
    return crypto_sign_verify_detached(signature.data(), bytes_of(body), body.size(), key.data()) ==
           0;
}

}  // namespace posta::wire
