#include "worker/commands.h"

#include "worker/admin/check.h"
#include "worker/admin/identity.h"
#include "worker/admin/identity_adopt.h"
#include "worker/admin/invite.h"
#include "worker/admin/key.h"
#include "worker/admin/selftest.h"
#include "worker/admin/send.h"
#include "worker/admin/smoke.h"
#include "worker/admin/token.h"
#include "worker/run_worker.h"

namespace posta::worker {

std::vector<Command> commands() {
    return {
        {"check", "looks at manifest, directories, keys and databases", check},
        {"selftest", "tries the walls around an identity from inside", selftest},
        {"smoke", "asks the running server what it must answer", smoke},
        {"identity add", "makes an identity with a fresh key", identity_add},
        {"identity adopt", "takes over the directory of a single-tenant daemon", identity_adopt},
        {"identity list", "shows the identities of the manifest", identity_list},
        {"identity remove", "takes an identity out of the manifest", identity_remove},
        {"identity purge", "deletes the data of a removed identity", identity_purge},
        {"key list", "shows an identity's keys", key_list},
        {"key rotate", "adds a key, which signs from then on", key_rotate},
        {"key remove", "removes a key", key_remove},
        {"send", "queues a message of an identity", send_message},
        {"token create", "makes a device's token, printed once", token_create},
        {"token list", "shows an identity's tokens", token_list},
        {"token revoke", "revokes a device's tokens", token_revoke},
        {"invite create", "makes a link that pairs a device", invite_create},
        {"invite list", "shows an identity's invites", invite_list},
        {"invite revoke", "makes an open invite invalid", invite_revoke},
        {"worker", "", run_worker},  // hidden: started by the supervisor
    };
}

}  // namespace posta::worker
