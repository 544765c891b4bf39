#include "worker/handlers/identity.h"

#include "common/json/write.h"
#include "worker/app.h"

namespace posta::worker {

Result<Response> get_identity(App& app, const Request&) {
    const PublicIdentity* identity = TRY(app.portrait().identity());
    json::Writer out;
    out.begin_object()
        .member("url", identity->url)
        .member("name", identity->name)
        .member("about", identity->about)
        .member("avatar", identity->avatar)
        .member("kind", kIdentityKind)
        .member("keyId", identity->signing_key_id)
        .end_object();
    return Response::json(std::move(out).text());
}

}  // namespace posta::worker
