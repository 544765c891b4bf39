#pragma once
// A Message as the client API shows it, in answers and in events. Pure.

#include "common/json/write.h"
#include "worker/store/message_store.h"

namespace posta::worker {

// Peers in display form, the payload byte for byte.
void write_message(json::Writer& out, const store::Message& message);

}  // namespace posta::worker
