#pragma once
// Secrets that people carry: a prefix and 32 random bytes in base64url. The database keeps only
// their SHA-256, so that a stolen copy of it opens nothing. Pure, apart from the randomness.

#include <string>
#include <string_view>

namespace posta::store {

constexpr std::string_view kTokenPrefix = "mst_";
constexpr std::string_view kInvitePrefix = "pinv_";

std::string make_secret(std::string_view prefix);
bool has_secret_form(std::string_view text, std::string_view prefix);
std::string hash_of_secret(std::string_view secret);  // 32 bytes

}  // namespace posta::store
