#pragma once
// A contact as the client API shows it, in answers and in events. Pure.

#include "common/json/write.h"
#include "worker/store/contact_store.h"

namespace posta::worker {

void write_contact(json::Writer& out, const store::Contact& contact);

}  // namespace posta::worker
