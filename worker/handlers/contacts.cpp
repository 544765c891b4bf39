#include "worker/handlers/contacts.h"

#include "common/base/rfc3339.h"
#include "common/json/write.h"
#include "common/url/canonical.h"
#include "worker/app.h"
#include "worker/handlers/contact_json.h"
#include "worker/handlers/peer_input.h"
#include "worker/http/error_answer.h"
#include "worker/http/json_body.h"

namespace posta::worker {

namespace {

Response contact_answer(int status, const store::Contact& contact) {
    json::Writer out;
    write_contact(out, contact);
    return Response::with(status, kJson, std::move(out).text());
}

Response no_such_contact() {
    return error_answer(404, "not-found", "this participant is not a contact");
}

}  // namespace

Result<Response> get_contacts(App& app, const Request&) {
    const auto contacts = TRY(app.store().contacts().list());
    json::Writer out;
    out.begin_object().key("contacts").begin_array();
    for (const store::Contact& contact : contacts) write_contact(out, contact);
    out.end_array().end_object();
    return Response::json(std::move(out).text());
}

Result<Response> post_contact(App& app, const Request& request) {
    const auto body = read_object(request.body, {"url"});
    if (!body) return body.error();
    const json::Value* given = body->find("url");
    if (given == nullptr || !given->string()) {
        return error_answer(400, "bad-request", "url must be a string");
    }
    const auto peer = read_peer(*given->string());
    if (!peer) return peer.error();
    const bool added = TRY(app.store().contacts().add(*peer, format_time(app.clock().now())));
    const auto contact = TRY(app.store().contacts().find(*peer));
    if (!contact) return Error{ErrorCode::internal, "a contact that was added is not there"};
    if (added) {
        TRY(app.events().announce(contact_changed_event(*peer)));
        app.store().turn().after_commit([&app, peer = *peer] { app.meet(peer); });
    }
    return contact_answer(added ? 201 : 200, *contact);
}

Result<Response> patch_contact(App& app, const Request& request) {
    const auto peer = read_peer(request.parameter("peer").value_or(""));
    if (!peer) return peer.error();
    const auto body = read_object(request.body, {"pinned"});
    if (!body) return body.error();
    const json::Value* pinned = body->find("pinned");
    if (pinned != nullptr && !pinned->boolean()) {
        return error_answer(400, "bad-request", "pinned must be true or false");
    }
    auto contact = TRY(app.store().contacts().find(*peer));
    if (!contact) return no_such_contact();
    if (pinned != nullptr && *pinned->boolean() != contact->pinned) {
        contact->pinned = *pinned->boolean();
        TRY(app.store().contacts().set_pinned(*peer, contact->pinned));
        TRY(app.events().announce(contact_changed_event(*peer)));
    }
    return contact_answer(200, *contact);
}

Result<Response> delete_contact(App& app, const Request& request) {
    const auto peer = read_peer(request.parameter("peer").value_or(""));
    if (!peer) return peer.error();
    const bool removed = TRY(app.store().contacts().remove(*peer));
    if (!removed) return no_such_contact();
    TRY(app.events().announce(contact_removed_event(*peer)));
    return Response::empty(204);
}

Result<Response> post_contacts_read(App& app, const Request& request) {
    const auto body = read_object(request.body, {"peer", "rowId"});
    if (!body) return body.error();
    const json::Value* given = body->find("peer");
    const json::Value* row = body->find("rowId");
    const auto row_id = row != nullptr ? row->integer() : std::nullopt;
    if (given == nullptr || !given->string() || row_id.value_or(-1) < 0) {
        return error_answer(400, "bad-request", "peer must be a string and rowId a whole number");
    }
    const auto peer = read_peer(*given->string());
    if (!peer) return peer.error();
    const bool known = TRY(app.store().contacts().contains(*peer));
    if (!known) return no_such_contact();
    const bool moved = TRY(app.store().contacts().advance_read_mark(*peer, *row_id));
    if (!moved) return Response::empty(204);
    TRY(app.events().announce(read_mark_event(*peer, *row_id)));

    json::Writer out;
    out.begin_object().member("peer", url::display_form(*peer)).member("rowId", *row_id);
    out.end_object();
    return Response::json(std::move(out).text());
}

}  // namespace posta::worker
