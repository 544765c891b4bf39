#include "common/http/host_name.h"

#include <arpa/inet.h>

#include <array>
#include <cstddef>

namespace posta::http {

namespace {

constexpr std::size_t kMaxHostBytes = 253;
constexpr std::ptrdiff_t kMaxLabelBytes = 63;

// What a byte of a name becomes; zero: it may not stand there. The underscore is in no host name,
// but in names that people have in their DNS.
constexpr std::array<char, 256> kInKey = [] {
    std::array<char, 256> table{};
    for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789-_."))
        table[static_cast<unsigned char>(c)] = c;
    for (char c = 'A'; c <= 'Z'; ++c)
        table[static_cast<unsigned char>(c)] = static_cast<char>(c + 32);
    return table;
}();

// Takes ":port" off the end; false when there is something that is no port. An empty port
// ("host:") is legal in RFC 3986, but nobody sends it on purpose.
bool take_port(std::string_view& value, std::size_t host_end) {
    const std::string_view rest = value.substr(host_end);
    value = value.substr(0, host_end);
    if (rest.empty()) return true;
    if (rest.size() < 2 || rest.size() > 6 || rest[0] != ':') return false;
    unsigned port = 0;
    for (const char c : rest.substr(1)) {
        if (c < '0' || c > '9') return false;
        port = port * 10 + static_cast<unsigned>(c - '0');
    }
    return rest[1] != '0' && port <= 65535;
}

bool ip_literal_into(std::string_view value, std::string& key) {
    const std::size_t bracket = value.find(']');
    if (bracket == std::string_view::npos || !take_port(value, bracket + 1)) return false;
    key.assign(value.substr(1, value.size() - 2));
    // inet_pton() reads no further than a zero byte.
    if (key.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos) return false;
    in6_addr address{};
    if (::inet_pton(AF_INET6, key.c_str(), &address) != 1) return false;
    key.assign(value);
    for (char& c : key)
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c + 32);
    return true;
}

}  // namespace

bool host_key_into(std::string_view value, std::string& key) {
    if (value.empty()) return false;
    if (value.front() == '[') return ip_literal_into(value, key);

    std::size_t end = value.find(':');
    if (end == std::string_view::npos) end = value.size();
    if (!take_port(value, end)) return false;
    if (!value.empty() && value.back() == '.') value.remove_suffix(1);
    if (value.empty() || value.size() > kMaxHostBytes) return false;

    key.assign(value);
    char* label = key.data();  // where it begins
    char* const end_of_key = label + key.size();
    const auto may_end = [&label](const char* at) {
        return at > label && at - label <= kMaxLabelBytes;
    };
    for (char* at = label; at != end_of_key; ++at) {
        const char c = kInKey[static_cast<unsigned char>(*at)];
        *at = c;
        if (c > '.' || c == '-') continue;  // a letter, a digit: most are
        if (c == 0 || !may_end(at)) return false;
        label = at + 1;
    }
    return may_end(end_of_key);
}

std::optional<std::string> host_key(std::string_view value) {
    std::string key;
    if (!host_key_into(value, key)) return std::nullopt;
    return key;
}

}  // namespace posta::http
