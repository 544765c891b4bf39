#include "common/confine/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "common/base/unique_fd.h"

namespace posta {

namespace {

// The same numbers on every architecture.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr unsigned kVersionQuestion = 1;
constexpr int kRulePathBeneath = 1;

// File rights, by the bit of the kernel's interface and the version that brought them.
constexpr std::uint64_t kExecute = 1U << 0;
constexpr std::uint64_t kReadFile = 1U << 2;
constexpr std::uint64_t kReadDirectory = 1U << 3;
constexpr std::uint64_t kWriteFile = 1U << 1;
constexpr std::uint64_t kRemoveFile = 1U << 5;
constexpr std::uint64_t kMakeRegular = 1U << 8;
constexpr std::uint64_t kVersion1Files = (1U << 13) - 1;
constexpr std::uint64_t kRefer = 1U << 13;               // 2
constexpr std::uint64_t kTruncate = 1U << 14;            // 3
constexpr std::uint64_t kDeviceControl = 1U << 15;       // 5
constexpr std::uint64_t kBindTcp = 1U << 0;              // 4
constexpr std::uint64_t kConnectTcp = 1U << 1;           // 4
constexpr std::uint64_t kScopeAbstractSocket = 1U << 0;  // 6
constexpr std::uint64_t kScopeSignal = 1U << 1;          // 6
constexpr long kNewestUsed = 6;

constexpr std::uint64_t kReading = kReadFile | kReadDirectory;
constexpr std::uint64_t kWriting = kReading | kWriteFile | kRemoveFile | kMakeRegular | kTruncate;
constexpr std::uint64_t kOnPlainFiles = kExecute | kReadFile | kWriteFile | kTruncate;

struct RulesetAttributes {
    std::uint64_t files;
    std::uint64_t network;
    std::uint64_t scoped;
};

struct [[gnu::packed]] PathBeneath {
    std::uint64_t allowed;
    std::int32_t parent;
};

RulesetAttributes attributes_for(long version, const LandlockPolicy& policy) {
    RulesetAttributes attributes{kVersion1Files, 0, 0};
    if (version >= 2) attributes.files |= kRefer;
    if (version >= 3) attributes.files |= kTruncate;
    if (version >= 4) attributes.network = kBindTcp | (policy.may_connect_tcp ? 0 : kConnectTcp);
    if (version >= 5) attributes.files |= kDeviceControl;
    if (version >= 6) attributes.scoped = kScopeAbstractSocket | kScopeSignal;
    return attributes;
}

// A kernel refuses a structure that is longer than the one it knows, unless the rest is zero.
std::size_t size_for(long version) {
    if (version >= 6) return 3 * sizeof(std::uint64_t);
    return (version >= 4 ? 2 : 1) * sizeof(std::uint64_t);
}

// False with errno when the kernel refuses; a path that is not there needs no rule.
bool allow_path(int ruleset, const PathRights& rights, std::uint64_t known) {
    const UniqueFd path(::open(rights.path.c_str(), O_PATH | O_CLOEXEC));
    if (!path) return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
    struct stat status {};
    if (::fstat(path.get(), &status) != 0) return false;
    std::uint64_t allowed = (rights.may_write ? kWriting : kReading) & known;
    if (!S_ISDIR(status.st_mode)) allowed &= kOnPlainFiles;
    const PathBeneath rule{allowed, path.get()};
    return ::syscall(kAddRule, ruleset, kRulePathBeneath, &rule, 0) == 0;
}

SandboxLayer without(std::string remark) {
    return {"landlock", LayerStrength::absent, std::move(remark)};
}

}  // namespace

long landlock_version() {
    return std::max(0L, ::syscall(kCreateRuleset, nullptr, std::size_t{0}, kVersionQuestion));
}

SandboxLayer enforce_landlock(const LandlockPolicy& policy) {
    const long version = landlock_version();
    if (version < 1)
        return without(errno == EOPNOTSUPP ? "switched off in this kernel (lsm=landlock,... on its "
                                             "command line)"
                                           : "not in this kernel");

    const RulesetAttributes attributes = attributes_for(version, policy);
    const UniqueFd ruleset(
        static_cast<int>(::syscall(kCreateRuleset, &attributes, size_for(version), 0U)));
    if (!ruleset) return without(std::string("no ruleset: ") + std::strerror(errno));
    for (const PathRights& rights : policy.paths) {
        if (!allow_path(ruleset.get(), rights, attributes.files))
            return without(rights.path + ": " + std::strerror(errno));
    }
    if (::syscall(kRestrictSelf, ruleset.get(), 0U) != 0)
        return without(std::string("not enforced: ") + std::strerror(errno));

    if (version >= kNewestUsed) return {"landlock", LayerStrength::enforced, {}};
    std::string lacking = version >= 4 ? "signals and abstract sockets" : "TCP bind";
    if (version < 3) lacking += ", truncation";
    return {"landlock", LayerStrength::partial,
            "version " + std::to_string(version) + " does not cover " + lacking};
}

}  // namespace posta
