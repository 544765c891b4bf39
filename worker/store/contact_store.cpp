#include "worker/store/contact_store.h"

namespace posta::store {
namespace {

Contact contact_in(const Rows& rows) {
    Contact contact;
    contact.peer = rows.text(0);
    contact.name = rows.text(1);
    contact.about = rows.text(2);
    contact.avatar = rows.text(3);
    contact.kind = rows.text(4);
    contact.pinned = rows.integer(5) != 0;
    contact.last_message_at = rows.text(6);
    contact.last_read_row_id = rows.integer(7);
    contact.unread_count = rows.integer(8);
    return contact;
}

}  // namespace

Result<bool> ContactStore::contains(std::string_view peer) {
    Rows rows = contains_.run({peer});
    return rows.next();
}

Result<bool> ContactStore::note_message(std::string_view peer, std::string_view at) {
    const std::int64_t known = TRY(note_message_.execute({peer, at}));
    if (known == 1) return false;
    TRY(meet_.execute({peer, at}));
    return true;
}

Result<std::vector<Contact>> ContactStore::list() {
    Rows rows = list_.run();
    std::vector<Contact> contacts;
    bool more = TRY(rows.next());
    while (more) {
        contacts.push_back(contact_in(rows));
        more = TRY(rows.next());
    }
    return contacts;
}

Result<std::optional<Contact>> ContactStore::find(std::string_view peer) {
    Rows rows = find_.run({peer});
    const bool found = TRY(rows.next());
    if (!found) return std::optional<Contact>();
    return std::optional(contact_in(rows));
}

Result<bool> ContactStore::add(std::string_view peer, std::string_view at) {
    const std::int64_t added = TRY(add_.execute({peer, at}));
    return added == 1;
}

Result<bool> ContactStore::set_pinned(std::string_view peer, bool pinned) {
    const std::int64_t changed = TRY(set_pinned_.execute({peer, pinned}));
    return changed == 1;
}

Result<bool> ContactStore::set_card(std::string_view peer, const Card& card) {
    const std::int64_t changed =
        TRY(set_card_.execute({peer, card.name, card.about, card.avatar, card.kind}));
    return changed == 1;
}

Result<bool> ContactStore::remove(std::string_view peer) {
    const std::int64_t removed = TRY(remove_.execute({peer}));
    return removed == 1;
}

Result<bool> ContactStore::advance_read_mark(std::string_view peer, std::int64_t row_id) {
    const std::int64_t moved = TRY(advance_.execute({peer, row_id}));
    return moved == 1;
}

}  // namespace posta::store
