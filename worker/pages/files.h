#pragma once
// The files of this directory as they were when the program was built (embed.py makes the .cpp).

#include <string_view>

namespace posta::worker::pages {

extern const std::string_view kLandingHtml;
extern const std::string_view kSetupHtml;
extern const std::string_view kSetupJs;
extern const std::string_view kQrJs;
extern const std::string_view kStyleCss;

}  // namespace posta::worker::pages
