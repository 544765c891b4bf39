// Addresses in text and in sets, and who a forwarded request came from: spelling does not matter,
// what is not trusted is not believed, what a trusted proxy says is an address or ignored.

#include <netinet/in.h>

#include <cstring>
#include <vector>

#include "supervisor/front/forwarding.h"
#include "tests/fuzz/target.h"
#include "worker/outbox/special_addresses.h"

namespace posta::supervisor {
namespace {

std::vector<std::string> members_of(std::string_view list) {
    std::vector<std::string> members;
    while (const auto member = http::next_member(list)) members.emplace_back(*member);
    return members;
}

std::optional<std::string_view> special_v6(const std::array<std::uint8_t, 16>& bytes) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    std::memcpy(&address.sin6_addr, bytes.data(), bytes.size());
    return worker::special_range_of(reinterpret_cast<const sockaddr&>(address));
}

std::optional<std::string_view> special_v4(const IpAddress& ip) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    std::memcpy(&address.sin_addr, &ip.bytes()[12], 4);
    return worker::special_range_of(reinterpret_cast<const sockaddr&>(address));
}

void expect_one_spelling(std::string_view text) {
    const auto address = IpAddress::from_text(text);
    if (!address) return;
    const auto again = IpAddress::from_text(address->text());
    CHECK(again && *again == *address && again->text() == address->text());
    for (const char c : text) CHECK(c > ' ' && c < 0x7f);
    // A translated or mapped address is as special as the one inside.
    if (!address->is_v4()) return;
    std::array<std::uint8_t, 16> nat64 = {0, 0x64, 0xff, 0x9b};
    std::copy(address->bytes().begin() + 12, address->bytes().end(), nat64.begin() + 12);
    const auto inside = special_v4(*address);
    CHECK(special_v6(nat64).has_value() == inside.has_value());
    CHECK(!inside || special_v6(address->bytes()));
}

void expect_client(std::string_view chain, const ClientPeer& peer, const AddressSet& trusted) {
    const std::string client = client_address(chain, peer, trusted);
    const auto address = IpAddress::from_text(client);
    CHECK(address && address->text() == client);
    if (!peer.trusted) CHECK(client == peer.text);
    // An address behind one that is not trusted is that one's word only.
    const std::string spoofed = client_address("198.51.100.7, 203.0.113.9", peer, trusted);
    if (peer.trusted && !trusted.contains(*IpAddress::from_text("203.0.113.9")))
        CHECK(spoofed == "203.0.113.9");
    const std::string longer = "198.51.100.7, " + std::string(chain);
    if (client != peer.text && !trusted.contains(*address))
        CHECK(client_address(longer, peer, trusted) == client);
}

}  // namespace
}  // namespace posta::supervisor

// Three lines: trusted proxies, the peer, a forwarded chain.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta::supervisor;
    std::string_view rest = posta::fuzz::text_of(data, size);
    std::array<std::string_view, 3> lines;
    for (std::string_view& line : lines) {
        line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
    for (const std::string& member : members_of(lines[2])) expect_one_spelling(member);
    expect_one_spelling(lines[1]);

    const auto trusted = AddressSet::from(members_of(lines[0]));
    if (!trusted) return 0;
    for (const std::string& range : members_of(lines[0])) {
        const auto network = IpAddress::from_text(range.substr(0, range.find('/')));
        CHECK(network && trusted->contains(*network));
    }
    const auto peer = IpAddress::from_text(lines[1]);
    if (!peer) return 0;
    expect_client(lines[2], {*peer, peer->text(), trusted->contains(*peer)}, *trusted);
    return 0;
}
