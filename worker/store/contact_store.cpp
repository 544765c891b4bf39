#include "worker/store/contact_store.h"

namespace posta::store {

Result<bool> ContactStore::contains(std::string_view peer) {
    Rows rows = contains_.run({peer});
    return rows.next();
}

Result<void> ContactStore::note_message(std::string_view peer, std::string_view at) {
    TRY(note_message_.execute({peer, at}));
    return {};
}

}  // namespace posta::store
