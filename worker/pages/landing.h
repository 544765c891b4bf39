#pragma once
// The card that people see at an identity's URL (client-api.md "Pages for people"). Pure.

#include <string>

#include "worker/identity/actor_document.h"

namespace posta::worker::pages {

std::string landing_page(const PublicIdentity& identity);

}  // namespace posta::worker::pages
