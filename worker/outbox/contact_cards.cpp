#include "worker/outbox/contact_cards.h"

namespace posta::worker {

void ContactCards::fetch(const std::string& url, OnFetched on_fetched) {
    source_.fetch(url,
                  [this, on_fetched = std::move(on_fetched)](Result<wire::ActorDocument> fetched) {
                      if (fetched) keep(*fetched);
                      on_fetched(std::move(fetched));
                  });
}

void ContactCards::keep(const wire::ActorDocument& document) {
    const Result<void> kept = update(document);
    if (!kept) log_.warn("a contact's card is not kept", {{"error", kept.error().message}});
}

Result<void> ContactCards::update(const wire::ActorDocument& document) {
    // Asked first: documents of strangers, who come in any number, begin no transaction.
    const bool known = TRY(store_.contacts().contains(document.url));
    if (!known) return {};
    return store_.turn().write([&]() -> Result<void> {
        const bool changed = TRY(store_.contacts().set_card(
            document.url, {document.name, document.about, document.avatar, document.kind}));
        if (changed) TRY(announcer_.announce(contact_changed_event(document.url)));
        return {};
    });
}

}  // namespace posta::worker
