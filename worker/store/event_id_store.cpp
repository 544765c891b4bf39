#include "worker/store/event_id_store.h"

namespace posta::store {

Result<std::int64_t> EventIdStore::reserved() {
    Rows rows = reserved_.run();
    const bool found = TRY(rows.next());
    return found ? rows.integer(0) : std::int64_t{0};
}

Result<void> EventIdStore::reserve(std::int64_t below) {
    TRY(reserve_.execute({below}));
    return {};
}

}  // namespace posta::store
