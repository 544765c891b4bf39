#pragma once
// The pairing page (client-api.md "Pages for people"). Pure.
//
// The same for everybody: the invite stays in the fragment, and the page asks the API for the rest.

#include <string>
#include <string_view>

namespace posta::worker::pages {

// `base` is what the page's own path had in front of /setup.
std::string setup_page(std::string_view base);

}  // namespace posta::worker::pages
