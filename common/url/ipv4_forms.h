#pragma once
// Whether a host is an IPv4 address to somebody. Pure.

#include <string_view>

namespace posta::url {

// True for every form that inet_aton accepts: one to four numbers, decimal, octal (`0177`) or
// hexadecimal (`0x7f`), of which the last fills the bytes that are left: `127.1`, `2130706433`.
// Resolvers take these for addresses, so they are no names of participants.
bool is_ipv4_in_any_form(std::string_view host);

}  // namespace posta::url
