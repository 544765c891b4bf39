#pragma once
// One identity's inbox.db, opened and at the newest schema version, and what is kept in it.
//
// The order of members is the order of dependence. One Store a process and a thread; a command may
// open the same file beside the worker: SQLite lets them take turns.

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "worker/store/contact_store.h"
#include "worker/store/database.h"
#include "worker/store/event_id_store.h"
#include "worker/store/idempotency_store.h"
#include "worker/store/identity_store.h"
#include "worker/store/invite_store.h"
#include "worker/store/message_store.h"
#include "worker/store/outbox_store.h"
#include "worker/store/progress.h"
#include "worker/store/token_store.h"
#include "worker/store/turn.h"

namespace posta::store {

class Store {
public:
    // Opens what is there and migrates it. `not_found`: no file. `invalid`: the data are wrong
    // (newer version, damaged, not a Posta database), trying again is useless. `unavailable`: busy,
    // disk full.
    static Result<std::unique_ptr<Store>> open(const std::string& path, const Clock& clock,
                                               Log& log);
    // The same for the worker, which writes all day (Database::Mode::served). `on_progress` as for
    // migrate().
    static Result<std::unique_ptr<Store>> serve(const std::string& path, const Clock& clock,
                                                Log& log,
                                                const OnProgress& on_progress = ignore_progress);
    // The same, and makes the file (0600) when there is none. ":memory:" for tests.
    static Result<std::unique_ptr<Store>> create(const std::string& path, const Clock& clock,
                                                 Log& log);

    Turn& turn() { return turn_; }
    TokenStore& tokens() { return tokens_; }
    InviteStore& invites() { return invites_; }
    IdentityStore& identity() { return identity_; }
    MessageStore& messages() { return messages_; }
    ContactStore& contacts() { return contacts_; }
    OutboxStore& outbox() { return outbox_; }
    IdempotencyStore& idempotency() { return idempotency_; }
    EventIdStore& event_ids() { return event_ids_; }
    Database& database() { return database_; }

private:
    Store(Database database, const Clock& clock)
        : database_(std::move(database)),
          tokens_(database_, clock),
          invites_(database_, tokens_, clock),
          idempotency_(database_, clock) {}
    static Result<std::unique_ptr<Store>> open_in(Database::Mode mode, const std::string& path,
                                                  const Clock& clock, Log& log,
                                                  const OnProgress& on_progress);

    Database database_;
    Turn turn_{database_};
    TokenStore tokens_;
    InviteStore invites_;
    IdentityStore identity_{database_};
    MessageStore messages_{database_, turn_};
    ContactStore contacts_{database_};
    OutboxStore outbox_{database_};
    EventIdStore event_ids_{database_};
    IdempotencyStore idempotency_;
};

}  // namespace posta::store
