#pragma once
// Root works on a tenant's files as that tenant.
//
// A tenant that was broken into owns its directory: it can put symbolic links, FIFOs and hard links
// there and wait for root to open one. So as root the process (or a child of it) gives up root for
// the directory's owner before it opens anything inside; what it can then be tricked into is what
// the tenant could do anyway. Without root this changes nothing.

#include <sys/types.h>

#include <functional>
#include <string>

#include "common/base/file.h"
#include "common/base/result.h"

namespace posta::worker {

// The owner of a data directory. `denied` with the remedy when it belongs to root (as root), or to
// somebody else than the caller (without root); `invalid` when it is no directory but a link or a
// file.
Result<FileOwner> owner_of(const std::string& directory);

// For the rest of this process: groups, gid, uid, for good. Nothing else of root's may be needed
// afterwards.
Result<void> become_owner(const std::string& directory);

// Runs `work` as the owner and hands its result back: in a child process as root, at the spot
// otherwise. The text it returns may hold a secret: it goes through a pipe. Call without threads.
Result<std::string> as_owner(const std::string& directory,
                             const std::function<Result<std::string>()>& work);

}  // namespace posta::worker
