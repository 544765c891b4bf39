#include "worker/handlers/setup_page.h"

#include "worker/http/error_answer.h"
#include "worker/http/etag.h"
#include "worker/pages/assets.h"
#include "worker/pages/setup.h"

namespace posta::worker {

Result<Response> get_setup_page(App&, const Request& request) {
    return Response::with(200, kHtml, pages::setup_page(request.base))
        .add("Content-Security-Policy", pages::kSetupPolicy)
        .add("Referrer-Policy", "no-referrer")
        .add("Cache-Control", "no-store");
}

Result<Response> get_page_asset(App&, const Request& request) {
    const pages::Asset asset = pages::find_asset(request.parameters.at(0));
    if (asset.bytes.empty()) return error_answer(404, "not-found", "there is nothing at this path");

    const std::string etag = etag_of(asset.bytes);
    // Asked for by content it can be kept for good; by name alone it may be newer next time.
    const bool by_content = '"' + request.parameter("v").value_or("") + '"' == etag;
    Response response = none_match_names(request.field("If-None-Match"), etag)
                            ? Response::empty(304)
                            : Response::with(200, asset.content_type, std::string(asset.bytes));
    response.add("ETag", etag)
        .add("Cache-Control", by_content ? "public, max-age=31536000, immutable" : "no-cache")
        .add("Content-Security-Policy", "default-src 'none'");
    return response;
}

}  // namespace posta::worker
