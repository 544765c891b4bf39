#pragma once
// Bearer tokens on the wire: `Authorization: Bearer mst_...` (client-api.md). Pure.

#include <optional>
#include <string_view>

namespace posta::worker {

// The token inside the value of Authorization; nothing unless it has exactly the form of ours. The
// scheme's name is compared without case (RFC 9110 section 11.1).
std::optional<std::string_view> bearer_token(std::string_view authorization);

}  // namespace posta::worker
