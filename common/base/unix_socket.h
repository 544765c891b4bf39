#pragma once
// Unix-domain stream sockets. All descriptors are close-on-exec; connections are non-blocking.

#include <sys/types.h>

#include <string>
#include <utility>

#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace posta {

// Binds and listens. A stale socket file at `path` is replaced (bind beside it, then rename, so
// that the path is never absent). The file gets `mode` before anyone can connect.
Result<UniqueFd> listen_unix(const std::string& path, mode_t mode, int backlog);

// `unavailable` when the backlog is full (EAGAIN) or nobody listens (ECONNREFUSED), `not_found`
// when there is no such file. A path over 107 bytes is `invalid`.
Result<UniqueFd> connect_unix(const std::string& path);

// The file at `path` is a socket that no process listens on.
bool is_dead_socket(const std::string& path);

// Two connected stream sockets, both close-on-exec and non-blocking.
Result<std::pair<UniqueFd, UniqueFd>> socket_pair();

// The peer has closed both ways: nobody is left to read an answer, though what it sent before may
// still be unread. One system call, nothing is consumed.
bool peer_has_left(int connection);

}  // namespace posta
