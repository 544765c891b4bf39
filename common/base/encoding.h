#pragma once
// Bytes as text. Pure. Decoders are strict: one spelling for each byte string.

#include <optional>
#include <string>
#include <string_view>

namespace posta {

// RFC 4648 section 4, with padding.
std::string base64_encode(std::string_view bytes);
// Refuses: missing or misplaced padding, white space, the URL-safe alphabet, non-zero spare bits.
std::optional<std::string> base64_decode(std::string_view text);

// RFC 4648 section 5 without padding: tokens and invites.
std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

// Lower case.
std::string hex_encode(std::string_view bytes);
std::optional<std::string> hex_decode(std::string_view text);

}  // namespace posta
