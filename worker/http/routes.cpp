#include "worker/http/routes.h"

#include "worker/handlers/actor.h"
#include "worker/handlers/contacts.h"
#include "worker/handlers/events.h"
#include "worker/handlers/identity.h"
#include "worker/handlers/invites.h"
#include "worker/handlers/messages.h"
#include "worker/handlers/post_inbox.h"
#include "worker/handlers/setup_page.h"
#include "worker/handlers/tokens.h"
#include "worker/http/limits.h"

namespace posta::worker {

namespace {

using enum Access;

// What strangers may send is kept small: a connection holds one body in memory.
// clang-format off
constexpr Route kRoutes[] = {
    // method    path                      who     body          handler
    {"GET",    "",                        anyone, kMaxWireBody, get_actor},
    {"POST",   "",                        peer,   kMaxWireBody, nullptr, post_inbox,
     refuse_submission_head},
    {"GET",    "/setup",                  anyone, kMaxWireBody, get_setup_page},
    {"GET",    "/setup/{file}",           anyone, kMaxWireBody, get_page_asset},

    {"GET",    "/api/v1/invite/info",     invite, kMaxWireBody, get_invite_info},
    {"POST",   "/api/v1/invite/redeem",   invite, kMaxWireBody, post_invite_redeem},

    {"GET",    "/api/v1/identity",        caller, kMaxApiBody,  get_identity},
    {"GET",    "/api/v1/contacts",        caller, kMaxApiBody,  get_contacts},
    {"POST",   "/api/v1/contacts",        caller, kMaxApiBody,  post_contact},
    {"PATCH",  "/api/v1/contacts",        caller, kMaxApiBody,  patch_contact},
    {"DELETE", "/api/v1/contacts",        caller, kMaxApiBody,  delete_contact},
    {"POST",   "/api/v1/contacts/read",   caller, kMaxApiBody,  post_contacts_read},
    {"GET",    "/api/v1/messages",        caller, kMaxApiBody,  get_messages},
    {"POST",   "/api/v1/messages",        caller, kMaxApiBody,  post_message},
    {"POST",   "/api/v1/messages/{id}/retry", caller, kMaxApiBody, post_message_retry},
    {"GET",    "/api/v1/events",          caller, kMaxApiBody,  nullptr, get_events},
    {"GET",    "/api/v1/tokens",          caller, kMaxApiBody,  get_tokens},
    {"DELETE", "/api/v1/tokens/{id}",     caller, kMaxApiBody,  delete_token},
};
// clang-format on

}  // namespace

std::span<const Route> routes() { return kRoutes; }

}  // namespace posta::worker
