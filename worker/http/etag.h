#pragma once
// Entity tags (RFC 9110 sections 8.8.3 and 13.1.2). Pure.

#include <string>
#include <string_view>

namespace posta::worker {

// Strong, over the bytes of the representation: "\"<32 hex digits>\"".
std::string etag_of(std::string_view bytes);

// Whether If-None-Match names the tag: `*`, or a list, compared weakly. A malformed list matches
// nothing, so that the full answer is sent.
bool none_match_names(std::string_view if_none_match, std::string_view etag);

}  // namespace posta::worker
