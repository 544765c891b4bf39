#pragma once
// The sandbox of front and worker: gives up, for good, every right that the role does not need.
//
// Both roles read what strangers send, so each is built to be harmless once taken over: it has no
// descriptor, file, system call or privilege beyond its table in policy.cpp. confine() runs once,
// after the settings line has been read and before any thread, loop, key or database exists. What
// the kernel lacks is reported and not hidden; what must never fail (descriptors, user,
// no_new_privs) is an error, and the role leaves.
//
// It does not make anything that the role needs: the directory and its owner are the operator's,
// the listening sockets are the supervisor's.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace posta {

enum class ConfinedRole {
    worker,  // files of its own directory, network to peers, no sockets of other tenants
    front,   // no files; connects to Unix sockets, nothing else
};

struct Confinement {
    ConfinedRole role = ConfinedRole::worker;
    std::vector<int> descriptors{};       // kept, all others are closed; 0, 1 and 2 always stay
    std::optional<uid_t> uid{};           // absent: stays the caller
    std::optional<gid_t> gid{};           // absent while uid is given: the same number
    std::string own_directory{};          // worker: the only place it may write; absolute
    std::vector<std::string> readable{};  // further files or directories: the CA bundle
    std::uint64_t memory_limit_mb = 0;    // of private memory; 0: no limit of ours
    std::uint64_t descriptor_limit = 65'536;
};

// Threads of one user; a worker has a handful. Only where the user is the tenant's own, because the
// kernel counts all processes of a user.
constexpr unsigned kMostThreads = 1024;

// How much of a layer the kernel gave.
enum class LayerStrength { absent, partial, enforced };
std::string_view name_of(LayerStrength strength);

struct SandboxLayer {
    std::string_view name;  // limits, descriptors, user, landlock, seccomp, undumpable
    LayerStrength strength;
    std::string remark;  // why it is not enforced; empty otherwise
};

using SandboxReport = std::vector<SandboxLayer>;

Result<SandboxReport> confine(const Confinement& wanted);

// "limits=enforced descriptors=enforced user=absent(...) ...", for one field of a log line.
std::string summary_of(const SandboxReport& report);

}  // namespace posta
