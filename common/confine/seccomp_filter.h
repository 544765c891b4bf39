#pragma once
// The system call filter, from a list of the calls that a role needs. libseccomp is used in this
// directory alone.
//
// Three answers. A call on the list passes, some only with certain arguments. A call that no honest
// path of the program makes, and an intruder would (exec, ptrace, mount, ...), ends the process on
// the spot, so that the obituary tells. Everything else gets ENOSYS: a libc that tries a newer call
// first falls back to an older one, as on an older kernel.

#include <seccomp.h>

#include <span>
#include <string_view>
#include <vector>

#include "common/confine/confine.h"

namespace posta {

struct CallRule {
    std::string_view name;  // as in syscalls(2); one that this machine lacks is skipped
    std::vector<scmp_arg_cmp> arguments;  // all must hold; empty: any
};

struct SeccompPolicy {
    std::vector<CallRule> allowed;
    std::span<const std::string_view> fatal;
};

SandboxLayer enforce_seccomp(const SeccompPolicy& policy);

}  // namespace posta
