#pragma once
// As whom a child runs (operations.md, "Users").
//
// As root a worker runs as the owner of its data directory, and never as root; the front as
// `front_user`, or else as the first uid of the range, which is kept for it. Without root
// everything runs as the caller, and a directory of somebody else's is an error.

#include <sys/types.h>

#include <optional>
#include <string>

#include "common/base/result.h"
#include "common/manifest/manifest.h"

namespace posta::supervisor {

// Absent members: the child stays who the supervisor is.
struct RunAs {
    std::optional<uid_t> uid;
    std::optional<gid_t> gid;
    bool operator==(const RunAs&) const = default;
};

// Looks at the directory. The errors are those of the configuration and name the remedy; only
// `io` and `unavailable` may pass by themselves.
Result<RunAs> owner_of_data(const std::string& directory, uid_t caller);

// The rule alone, for a directory with this owner. Pure.
Result<RunAs> run_as(const std::string& directory, uid_t owner, gid_t group, uid_t caller);

Result<RunAs> front_user(const manifest::Server& server, uid_t caller);

}  // namespace posta::supervisor
