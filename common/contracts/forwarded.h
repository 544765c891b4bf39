#pragma once
// What a worker learns from the front about where a request came from.
//
// The front drops what a client sent under these names (X-Forwarded-For, -Proto and -Host are kept
// from a trusted proxy) and sets its own, so a worker can believe them: only the front can connect
// to its socket.

#include <string_view>

namespace posta::contracts {

// The one address that limits by client address go by: the nearest one to us that is no trusted
// proxy. Exactly one, without port or brackets.
constexpr std::string_view kClientAddressField = "X-Real-IP";
// The whole chain, extended by the address that connected to the front.
constexpr std::string_view kForwardedForField = "X-Forwarded-For";
// "http" or "https".
constexpr std::string_view kForwardedProtoField = "X-Forwarded-Proto";
// Names this request in the logs of all who see it: a trusted proxy's word, or made by the front.
// Exactly one, 1 to 128 letters, digits and -._~:/+=@
constexpr std::string_view kRequestIdField = "X-Request-Id";

}  // namespace posta::contracts
