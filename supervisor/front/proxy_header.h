#pragma once
// The header of the PROXY protocol, versions 1 and 2: a proxy's word about whose connection it
// passes on. Pure.
//
// Strict where the protocol leaves room: version 1 is one line of single spaces and plain numbers;
// of version 2, TCP over IPv4 or IPv6, and what says that there is no such client (LOCAL, UNKNOWN,
// a Unix socket). What follows the addresses must be whole fields; a checksum among them must be
// right, the others are skipped. Nothing that was refused here is tried as HTTP.

#include <optional>
#include <string>
#include <string_view>

#include "supervisor/front/cidr.h"

namespace posta::supervisor {

class ProxyHeader {
public:
    enum class Verdict { need_more, complete, fault };

    // Takes off `rest` what belongs to the header, never a byte behind it.
    Verdict read(std::string_view& rest);

    // Once complete. Nothing: the connection is the proxy's own.
    const std::optional<IpAddress>& client() const { return client_; }
    const char* fault_reason() const { return fault_reason_; }

private:
    Verdict take(char c);
    Verdict take_line(char c);
    Verdict take_binary();
    Verdict read_line();
    Verdict read_binary();
    Verdict read_fields(std::size_t at);
    Verdict fault(const char* reason);

    std::string bytes_;  // of the header so far
    std::optional<IpAddress> client_;
    const char* fault_reason_ = "";
};

}  // namespace posta::supervisor
