#include "worker/handlers/actor.h"

#include "worker/app.h"
#include "worker/http/etag.h"
#include "worker/http/negotiation.h"
#include "worker/pages/assets.h"

namespace posta::worker {

Result<Response> get_actor(App& app, const Request& request) {
    const bool page = preferred_form(request.field("Accept")) == Form::page;
    const Representation* form = TRY(page ? app.portrait().card() : app.portrait().document());

    const bool unchanged = none_match_names(request.field("If-None-Match"), form->etag);
    Response response = unchanged ? Response::empty(304)
                                  : Response::with(200, page ? kHtml : kPostaJson, form->bytes);
    response.add("ETag", form->etag)
        .add("Cache-Control", "public, max-age=60")
        .add("Vary", "Accept");
    if (page && !unchanged)
        response.add("Content-Security-Policy", pages::kCardPolicy)
            .add("Referrer-Policy", "no-referrer");
    return response;
}

}  // namespace posta::worker
