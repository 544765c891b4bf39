#pragma once
// IP addresses and sets of them in CIDR notation, for trusted_proxies. Pure.

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace posta::supervisor {

// An IPv4 address is kept as its IPv4-mapped IPv6 address, so that both spellings are one.
class IpAddress {
public:
    // Without brackets, port or zone.
    static std::optional<IpAddress> from_text(std::string_view text);
    // 4 or 16 bytes in network order.
    static IpAddress from_bytes(std::string_view bytes);
    // Nothing for a socket that is not IP.
    static std::optional<IpAddress> from_socket(const sockaddr_storage& address);

    std::string text() const;
    bool is_v4() const;
    const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
    bool operator==(const IpAddress&) const = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
};

class AddressSet {
public:
    // Each "10.0.0.0/8", "fd00::/8" or a plain address. Bits beyond the prefix must be zero.
    static Result<AddressSet> from(const std::vector<std::string>& ranges);

    bool contains(const IpAddress& address) const;

private:
    struct Range {
        IpAddress network;
        int bits;
    };
    static Result<Range> range_from(const std::string& text);
    std::vector<Range> ranges_;
};

}  // namespace posta::supervisor
