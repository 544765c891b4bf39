#include "worker/pages/setup.h"

#include "worker/pages/assets.h"
#include "worker/pages/files.h"
#include "worker/pages/html.h"

namespace posta::worker::pages {

std::string setup_page(std::string_view base) {
    const std::string prefix(base);
    return fill(kSetupHtml, {
                                {"base", prefix},
                                {"style", prefix + asset_path("style.css")},
                                {"qr", prefix + asset_path("qr.js")},
                                {"script", prefix + asset_path("setup.js")},
                            });
}

}  // namespace posta::worker::pages
