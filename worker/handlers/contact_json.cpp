#include "worker/handlers/contact_json.h"

#include "common/url/canonical.h"

namespace posta::worker {

void write_contact(json::Writer& out, const store::Contact& contact) {
    out.begin_object()
        .member("url", url::display_form(contact.peer))
        .member("name", contact.name)
        .member("avatar", contact.avatar)
        .member("about", contact.about)
        .member("kind", contact.kind)
        .member("pinned", contact.pinned)
        .member("lastMessageAt", contact.last_message_at)
        .member("lastReadRowId", contact.last_read_row_id)
        .member("unreadCount", contact.unread_count)
        .end_object();
}

}  // namespace posta::worker
