#pragma once
// The front's process: the hidden command `posta-server front`, started by the supervisor only.
//
// Reads its settings from the channel, gives up its rights, serves the inherited listening sockets
// until SIGTERM (drains, exit code 0) or until its supervisor is gone (leaves at once).

namespace posta::supervisor {

int run_front();

}  // namespace posta::supervisor
