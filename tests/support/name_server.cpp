#include "tests/support/name_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>

#include "common/base/check.h"
#include "common/base/encoding.h"

namespace posta::testing {
namespace {

std::string hex_of(const std::string& address) {
    std::array<char, 16> bytes{};
    if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1)
        return hex_encode({bytes.data(), 4});
    CHECK(::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1);
    return hex_encode({bytes.data(), 16});
}

std::string name(std::string how, const std::vector<std::string>& addresses) {
    for (const std::string& address : addresses) how += "-" + hex_of(address);
    return how + ".peer.test";
}

}  // namespace

std::string NameServer::name_of(const std::vector<std::string>& addresses) {
    return name("all", addresses);
}

std::string NameServer::changing_name(const std::vector<std::string>& addresses) {
    return name("turn", addresses);
}

}  // namespace posta::testing
