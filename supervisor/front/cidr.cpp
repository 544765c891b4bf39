#include "supervisor/front/cidr.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "common/base/check.h"

namespace posta::supervisor {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;
constexpr int kAddressBits = 128;

bool same_prefix(const IpAddress& a, const IpAddress& b, int bits) {
    for (int bit = 0; bit < bits; bit += 8) {
        const int left = std::min(bits - bit, 8);
        const int mask = 0xff << (8 - left) & 0xff;
        const auto at = static_cast<std::size_t>(bit / 8);
        if (((a.bytes()[at] ^ b.bytes()[at]) & mask) != 0) return false;
    }
    return true;
}

bool zero_beyond(const IpAddress& address, int bits) {
    for (int bit = bits; bit < kAddressBits; ++bit)
        if ((address.bytes()[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1) != 0)
            return false;
    return true;
}

}  // namespace

std::optional<IpAddress> IpAddress::from_text(std::string_view text) {
    // inet_pton() reads no further than a zero byte.
    if (text.find('\0') != std::string_view::npos) return std::nullopt;
    const std::string terminated(text);
    IpAddress address;
    if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) return address;
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes_.begin());
    if (::inet_pton(AF_INET, terminated.c_str(), &address.bytes_[12]) == 1) return address;
    return std::nullopt;
}

IpAddress IpAddress::from_bytes(std::string_view bytes) {
    CHECK(bytes.size() == 4 || bytes.size() == 16);
    IpAddress address;
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes_.begin());
    std::memcpy(&address.bytes_[address.bytes_.size() - bytes.size()], bytes.data(), bytes.size());
    return address;
}

std::optional<IpAddress> IpAddress::from_socket(const sockaddr_storage& socket) {
    IpAddress address;
    if (socket.ss_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&socket);
        std::memcpy(address.bytes_.data(), &v6->sin6_addr, address.bytes_.size());
        return address;
    }
    if (socket.ss_family != AF_INET) return std::nullopt;
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&socket);
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes_.begin());
    std::memcpy(&address.bytes_[12], &v4->sin_addr, 4);
    return address;
}

bool IpAddress::is_v4() const {
    return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (is_v4()) {
        ::inet_ntop(AF_INET, &bytes_[12], buffer.data(), buffer.size());
    } else {
        ::inet_ntop(AF_INET6, bytes_.data(), buffer.data(), buffer.size());
    }
    return buffer.data();
}

Result<AddressSet::Range> AddressSet::range_from(const std::string& text) {
    const Error wrong{ErrorCode::invalid, "trusted proxy \"" + text +
                                              "\" is no address or network (write it like "
                                              "10.0.0.1, 10.0.0.0/8 or fd00::/8)"};
    const std::size_t slash = text.find('/');
    const auto network = IpAddress::from_text(std::string_view(text).substr(0, slash));
    if (!network) return wrong;
    int bits = kAddressBits;
    if (slash != std::string::npos) {
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, bits);
        const bool v4 = text.find(':') == std::string::npos;
        if (error != std::errc() || stop != end || bits < 0 || bits > (v4 ? 32 : kAddressBits))
            return wrong;
        if (v4) bits += kMappedBits;
    }
    if (!zero_beyond(*network, bits))
        return Error{ErrorCode::invalid, "trusted proxy \"" + text +
                                             "\" has bits beyond its prefix (write the network's "
                                             "first address, or /32 for one address)"};
    return Range{*network, bits};
}

Result<AddressSet> AddressSet::from(const std::vector<std::string>& ranges) {
    AddressSet set;
    for (const std::string& text : ranges) {
        const Range range = TRY(range_from(text));
        set.ranges_.push_back(range);
    }
    return set;
}

bool AddressSet::contains(const IpAddress& address) const {
    return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
        return same_prefix(range.network, address, range.bits);
    });
}

}  // namespace posta::supervisor
