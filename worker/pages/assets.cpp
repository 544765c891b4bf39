#include "worker/pages/assets.h"

#include "worker/http/etag.h"
#include "worker/pages/files.h"

namespace posta::worker::pages {

Asset find_asset(std::string_view name) {
    constexpr std::string_view kScript = "text/javascript; charset=utf-8";
    if (name == "style.css") return {kStyleCss, "text/css; charset=utf-8"};
    if (name == "setup.js") return {kSetupJs, kScript};
    if (name == "qr.js") return {kQrJs, kScript};
    return {};
}

std::string asset_path(std::string_view name) {
    const std::string tag = etag_of(find_asset(name).bytes);  // in quotes
    return "/setup/" + std::string(name) + "?v=" + tag.substr(1, tag.size() - 2);
}

}  // namespace posta::worker::pages
