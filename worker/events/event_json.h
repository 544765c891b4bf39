#pragma once
// The `data:` of an event, as things stand when it is sent.

#include <optional>
#include <string>

#include "common/base/result.h"
#include "worker/events/event.h"
#include "worker/store/store.h"

namespace posta::worker {

// Nothing when there is nothing left to tell: the contact is no more, which an event of its own
// says.
Result<std::optional<std::string>> event_json(store::Store& store, const Event& event);

}  // namespace posta::worker
