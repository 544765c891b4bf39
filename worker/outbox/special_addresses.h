#pragma once
// Which addresses a peer may not have.
//
// The URL of a sender is chosen by a stranger, and so is what its name resolves to. Connecting
// wherever it says would let strangers reach this host, its network and its neighbours through us.
// So only addresses of the public unicast space are connected to. The table is that of the IANA
// special-purpose address registries (RFC 6890 and its updates), entries that IANA calls globally
// reachable included: no participant lives in any of them.
//
// Pure: the caller asks about the address that it is about to connect to, after DNS.

#include <sys/socket.h>

#include <optional>
#include <string_view>

namespace posta::worker {

// The name of the special range that the address lies in: "loopback", "private use". Nothing for a
// public address. An IPv4 address translated by NAT64 counts as the address inside; every other
// family than IPv4 and IPv6 is special.
std::optional<std::string_view> special_range_of(const sockaddr& address);

}  // namespace posta::worker
