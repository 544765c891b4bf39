#pragma once
// Reason phrases (RFC 9110 section 15).

#include <string_view>

namespace posta::http {

// "Not Found"; "Unknown" for a code that we do not send.
std::string_view reason_for(int status);

}  // namespace posta::http
