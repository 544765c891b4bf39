#pragma once
// The people that this identity has to do with (client-api.md).

#include "worker/http/router.h"

namespace posta::worker {

Result<Response> get_contacts(App& app, const Request& request);
Result<Response> post_contact(App& app, const Request& request);
Result<Response> patch_contact(App& app, const Request& request);
Result<Response> delete_contact(App& app, const Request& request);
Result<Response> post_contacts_read(App& app, const Request& request);

}  // namespace posta::worker
