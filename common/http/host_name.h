#pragma once
// The Host of a request as the key that routes it. Pure.

#include <optional>
#include <string>
#include <string_view>

namespace posta::http {

// From the value of Host or the authority of an absolute target (RFC 9112 section 3.2): lower case,
// without the port and one trailing dot. Nothing for what is not a valid host: empty, user info,
// white space, comma, percent signs, empty labels, bad ports (0, over 65535, not digits), over 253
// bytes, a label over 63. An IPv6 literal keeps its brackets. Non-ASCII bytes are refused: IDN
// arrives as A-labels.
std::optional<std::string> host_key(std::string_view value);
// The same into a string that is used again; false leaves it in any state.
bool host_key_into(std::string_view value, std::string& key);

}  // namespace posta::http
