#include "worker/outbox/special_addresses.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>
#include <string>

namespace posta::worker {
namespace {

// "public" or the name of the range.
std::string range_of(const std::string& text) {
    sockaddr_storage storage{};
    sockaddr_in inet{};
    sockaddr_in6 inet6{};
    if (inet_pton(AF_INET, text.c_str(), &inet.sin_addr) == 1) {
        inet.sin_family = AF_INET;
        std::memcpy(&storage, &inet, sizeof inet);
    } else {
        EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &inet6.sin6_addr), 1) << text;
        inet6.sin6_family = AF_INET6;
        std::memcpy(&storage, &inet6, sizeof inet6);
    }
    const auto range = special_range_of(reinterpret_cast<const sockaddr&>(storage));
    return range ? std::string(*range) : "public";
}

struct Edges {
    const char* before;  // null where the neighbour is special too
    const char* first;
    const char* last;
    const char* after;
    const char* name;
};

void expect_range(const Edges& edges) {
    for (const char* outside : {edges.before, edges.after}) {
        if (outside != nullptr) {
            EXPECT_EQ(range_of(outside), "public") << outside;
        }
    }
    EXPECT_EQ(range_of(edges.first), edges.name);
    EXPECT_EQ(range_of(edges.last), edges.name);
}

TEST(SpecialAddresses, CoverEachIpv4RangeFromEdgeToEdge) {
    const Edges all[] = {
        {nullptr, "0.0.0.0", "0.255.255.255", "1.0.0.0", "this network"},
        {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", "private use"},
        {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0",
         "shared address space (CGNAT)"},
        {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0", "loopback"},
        {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0", "link-local"},
        {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", "private use"},
        {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0", "IETF protocol assignments"},
        {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0", "documentation"},
        {"192.31.195.255", "192.31.196.0", "192.31.196.255", "192.31.197.0", "AS112"},
        {"192.52.192.255", "192.52.193.0", "192.52.193.255", "192.52.194.0", "AMT relays"},
        {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0", "6to4 relays"},
        {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0", "private use"},
        {"192.175.47.255", "192.175.48.0", "192.175.48.255", "192.175.49.0", "AS112"},
        {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0", "benchmarking"},
        {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0", "documentation"},
        {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0", "documentation"},
        {"223.255.255.255", "224.0.0.0", "239.255.255.255", nullptr, "multicast"},
        {nullptr, "240.0.0.0", "255.255.255.255", nullptr, "reserved or broadcast"},
    };
    for (const Edges& edges : all) expect_range(edges);
}

TEST(SpecialAddresses, CoverEachIpv6RangeFromEdgeToEdge) {
    const Edges all[] = {
        {nullptr, "::", "::", nullptr, "unspecified"},
        {nullptr, "::1", "::1", nullptr, "loopback"},
        {nullptr, "::2", "::ffff:ffff", nullptr, "IPv4-compatible"},
        {nullptr, "::ffff:0:0", "::ffff:255.255.255.255", nullptr, "IPv4-mapped"},
        {nullptr, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", nullptr, "local NAT64"},
        {nullptr, "100::", "100::ffff:ffff:ffff:ffff", nullptr, "discard only"},
        {nullptr, "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", nullptr, "Teredo"},
        {nullptr, "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", nullptr, "benchmarking"},
        {nullptr, "2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
         "2001:200::", "IETF protocol assignments"},
        {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
         "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::", "documentation"},
        {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::", "6to4"},
        {"2620:4f:7fff:ffff:ffff:ffff:ffff:ffff",
         "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::", "AS112"},
        {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::", "documentation"},
        {nullptr, "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr, "segment routing"},
        {nullptr, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr, "unique-local"},
        {nullptr, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr, "link-local"},
        {nullptr, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr, "site-local"},
        {nullptr, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr, "multicast"},
        {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "5eff::", nullptr,
         "not global unicast"},
        {"2000::", "1fff:ffff::", "200::", nullptr, "not global unicast"},
    };
    for (const Edges& edges : all) expect_range(edges);
}

TEST(SpecialAddresses, LookInsideNat64) {
    EXPECT_EQ(range_of("64:ff9b::127.0.0.1"), "loopback");
    EXPECT_EQ(range_of("64:ff9b::10.0.0.1"), "private use");
    EXPECT_EQ(range_of("64:ff9b::255.255.255.255"), "reserved or broadcast");
    EXPECT_EQ(range_of("64:ff9b::93.184.216.34"), "public");
}

TEST(SpecialAddresses, AreAllOfEveryOtherFamily) {
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    EXPECT_EQ(special_range_of(reinterpret_cast<const sockaddr&>(local)), "neither IPv4 nor IPv6");
}

}  // namespace
}  // namespace posta::worker
