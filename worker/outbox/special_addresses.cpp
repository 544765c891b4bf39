#include "worker/outbox/special_addresses.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace posta::worker {
namespace {

struct Range4 {
    std::array<std::uint8_t, 4> prefix;
    int bits;
    std::string_view name;
};

constexpr Range4 kSpecial4[] = {
    {{0, 0, 0, 0}, 8, "this network"},
    {{10, 0, 0, 0}, 8, "private use"},
    {{100, 64, 0, 0}, 10, "shared address space (CGNAT)"},
    {{127, 0, 0, 0}, 8, "loopback"},
    {{169, 254, 0, 0}, 16, "link-local"},
    {{172, 16, 0, 0}, 12, "private use"},
    {{192, 0, 0, 0}, 24, "IETF protocol assignments"},
    {{192, 0, 2, 0}, 24, "documentation"},
    {{192, 31, 196, 0}, 24, "AS112"},
    {{192, 52, 193, 0}, 24, "AMT relays"},
    {{192, 88, 99, 0}, 24, "6to4 relays"},
    {{192, 168, 0, 0}, 16, "private use"},
    {{192, 175, 48, 0}, 24, "AS112"},
    {{198, 18, 0, 0}, 15, "benchmarking"},
    {{198, 51, 100, 0}, 24, "documentation"},
    {{203, 0, 113, 0}, 24, "documentation"},
    {{224, 0, 0, 0}, 4, "multicast"},
    {{240, 0, 0, 0}, 4, "reserved or broadcast"},
};

struct Range6 {
    std::array<std::uint8_t, 16> prefix;
    int bits;
    std::string_view name;
};

constexpr std::array<std::uint8_t, 16> kNat64{0x00, 0x64, 0xff, 0x9b};
constexpr int kNat64Bits = 96;

// The first match names it. What is in none of them must still be global unicast.
constexpr Range6 kSpecial6[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 128, "unspecified"},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "loopback"},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, "IPv4-mapped"},
    {{0}, 96, "IPv4-compatible"},
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, "local NAT64"},
    {{0x01, 0x00}, 64, "discard only"},
    {{0x20, 0x01, 0x00, 0x00}, 32, "Teredo"},
    {{0x20, 0x01, 0x00, 0x02}, 48, "benchmarking"},
    {{0x20, 0x01, 0x00, 0x00}, 23, "IETF protocol assignments"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "documentation"},
    {{0x20, 0x02}, 16, "6to4"},
    {{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48, "AS112"},
    {{0x3f, 0xff, 0x00}, 20, "documentation"},
    {{0x5f, 0x00}, 16, "segment routing"},
    {{0xfc, 0x00}, 7, "unique-local"},
    {{0xfe, 0x80}, 10, "link-local"},
    {{0xfe, 0xc0}, 10, "site-local"},
    {{0xff, 0x00}, 8, "multicast"},
};

template <std::size_t size>
bool lies_in(const std::array<std::uint8_t, size>& address,
             const std::array<std::uint8_t, size>& prefix, int bits) {
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (!std::equal(prefix.begin(), prefix.begin() + whole, address.begin())) return false;
    const int rest = bits % 8;
    if (rest == 0) return true;
    const int mask = 0xff << (8 - rest);
    return ((address[whole] ^ prefix[whole]) & mask & 0xff) == 0;
}

std::optional<std::string_view> special4(const std::array<std::uint8_t, 4>& address) {
    for (const Range4& range : kSpecial4) {
        if (lies_in(address, range.prefix, range.bits)) return range.name;
    }
    return std::nullopt;
}

std::optional<std::string_view> special6(const std::array<std::uint8_t, 16>& address) {
    // A network without IPv4 reaches every public IPv4 peer this way.
    if (lies_in(address, kNat64, kNat64Bits)) {
        return special4({address[12], address[13], address[14], address[15]});
    }
    for (const Range6& range : kSpecial6) {
        if (lies_in(address, range.prefix, range.bits)) return range.name;
    }
    const bool global_unicast = (address[0] & 0xe0) == 0x20;
    if (!global_unicast) return "not global unicast";
    return std::nullopt;
}

}  // namespace

std::optional<std::string_view> special_range_of(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        std::array<std::uint8_t, 4> bytes{};
        sockaddr_in inet{};
        std::memcpy(&inet, &address, sizeof inet);
        std::memcpy(bytes.data(), &inet.sin_addr, bytes.size());
        return special4(bytes);
    }
    if (address.sa_family == AF_INET6) {
        std::array<std::uint8_t, 16> bytes{};
        sockaddr_in6 inet{};
        std::memcpy(&inet, &address, sizeof inet);
        std::memcpy(bytes.data(), &inet.sin6_addr, bytes.size());
        return special6(bytes);
    }
    return "neither IPv4 nor IPv6";
}

}  // namespace posta::worker
