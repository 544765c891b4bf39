#include "worker/pages/landing.h"

#include "common/url/canonical.h"
#include "worker/pages/assets.h"
#include "worker/pages/files.h"
#include "worker/pages/html.h"

namespace posta::worker::pages {

std::string landing_page(const PublicIdentity& identity) {
    const std::string display(url::display_form(identity.url));
    const std::string shown_name = identity.name.empty() ? display : identity.name;
    // The host's root always has our files, also when the identity has a path.
    return fill(kLandingHtml,
                {
                    {"style", asset_path("style.css")},
                    {"shownName", shown_name},
                    {"avatar", identity.avatar},
                    {"about", identity.about},
                    {"url", identity.url},
                    {"display", display},
                    {"keyId", identity.signing_key().id},
                    {"fingerprint", key_fingerprint(identity.signing_key().public_key)},
                });
}

}  // namespace posta::worker::pages
