#pragma once
// Ed25519 over the exact bytes of a body, and the header field that carries it. Pure.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/envelope/wire.h"

namespace posta::wire {

using Signature = std::array<unsigned char, kSignatureBytes>;
using PublicKey = std::array<unsigned char, kPublicKeyBytes>;

// Step 5.1.3: exactly one value, strict base64 of 64 bytes.
std::optional<Signature> parse_signature(const std::vector<std::string_view>& values);
std::string write_signature(const Signature& signature);

std::optional<PublicKey> parse_public_key(std::string_view base64);

// Takes about a tenth of a millisecond: a running server calls it off the loop.
bool verify(const PublicKey& key, const Signature& signature, std::string_view body);

}  // namespace posta::wire
