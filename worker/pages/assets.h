#pragma once
// The style sheet and scripts of our pages. They are public, the same for every identity, and named
// by their content, so that a browser may keep them for good and never sees an old one.

#include <string>
#include <string_view>

namespace posta::worker::pages {

struct Asset {
    std::string_view bytes;
    std::string_view content_type;
};

// `name` is the last segment of its path, "style.css". Null bytes when there is no such file.
Asset find_asset(std::string_view name);

// "/setup/style.css?v=<hash>", to be put behind the page's base.
std::string asset_path(std::string_view name);

// Content-Security-Policy: nothing from elsewhere, nothing inline, no frame around it. The card has
// no script at all.
constexpr std::string_view kCardPolicy =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";
constexpr std::string_view kSetupPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace posta::worker::pages
