#pragma once
// How far the ids of events are spoken for (worker/events/event_ids.h says why).
//
// Joins the turn's transaction when there is one; is whole by itself otherwise.

#include <cstdint>

#include "common/base/result.h"
#include "worker/store/database.h"

namespace posta::store {

class EventIdStore {
public:
    explicit EventIdStore(Database& database) : database_(database) {}

    // No id below this is free.
    Result<std::int64_t> reserved();
    // Never takes anything back.
    Result<void> reserve(std::int64_t below);

private:
    Database& database_;
    Statement reserved_{database_, "SELECT reserved FROM event_ids WHERE id = 1"};
    Statement reserve_{database_, "UPDATE event_ids SET reserved = max(reserved, ?) WHERE id = 1"};
};

}  // namespace posta::store
