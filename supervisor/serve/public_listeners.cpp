#include "supervisor/serve/public_listeners.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace posta::supervisor {

namespace {

struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;
};

Result<Address> address_from(std::string_view text) {
    const Error wrong{ErrorCode::invalid,
                      "\"" + std::string(text) +
                          "\" is not an address to listen on (write ADDR:PORT with a numeric "
                          "address: 0.0.0.0:80, 127.0.0.1:8080, [::1]:8080)"};
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return wrong;
    std::string host(text.substr(0, colon));
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size()) return wrong;

    Address address;
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(port);
        if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) != 1) return wrong;
        std::memcpy(&address.storage, &six, sizeof six);
        address.length = sizeof six;
        return address;
    }
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) != 1) return wrong;
    std::memcpy(&address.storage, &four, sizeof four);
    address.length = sizeof four;
    return address;
}

std::string bound_address(int fd) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return "?";
    std::array<char, INET6_ADDRSTRLEN> host{};
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 six{};
        std::memcpy(&six, &storage, sizeof six);
        ::inet_ntop(AF_INET6, &six.sin6_addr, host.data(), host.size());
        return "[" + std::string(host.data()) + "]:" + std::to_string(ntohs(six.sin6_port));
    }
    sockaddr_in four{};
    std::memcpy(&four, &storage, sizeof four);
    ::inet_ntop(AF_INET, &four.sin_addr, host.data(), host.size());
    return std::string(host.data()) + ":" + std::to_string(ntohs(four.sin_port));
}

}  // namespace

Result<PublicListener> listen_public(std::string_view text) {
    const Address address = TRY(address_from(text));
    const int family = address.storage.ss_family;
    UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return error_from_errno(errno, "cannot make a socket");
    const int yes = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    // So that 0.0.0.0:80 and [::]:80 can both be given.
    if (family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) !=
            0 ||
        ::listen(fd.get(), SOMAXCONN) != 0) {
        Error error = error_from_errno(errno, "cannot listen on " + std::string(text));
        // An ended connection keeps its own port for a minute, and nothing listens there meanwhile.
        if (error.code == ErrorCode::conflict) {
            error.message += " (stop who has it: ss -ltnp, or with no listener ss -tanp)";
        }
        return error;
    }
    std::string bound = bound_address(fd.get());
    return PublicListener{std::move(fd), std::move(bound)};
}

}  // namespace posta::supervisor
