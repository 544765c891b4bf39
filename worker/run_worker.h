#pragma once
// The hidden command `worker SLUG`: one identity, served on an inherited Unix socket.
//
// Started by the supervisor only (common/contracts/channel.h names the descriptors). Reads its
// settings, confines itself, opens its identity's keys and database, says `ready`, and serves until
// TERM, HUP or the supervisor's end. SLUG stands in the words so that `ps` tells the workers apart;
// everything else comes over the channel.

#include <string>
#include <vector>

namespace posta::worker {

int run_worker(const std::vector<std::string>& words);

}  // namespace posta::worker
