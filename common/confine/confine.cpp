#include "common/confine/confine.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/confine/policy.h"
#include "common/confine/sanitizer.h"

// LeakSanitizer stops the process with ptrace from a clone of it, which is just what confinement
// ends. A confined process of a sanitizer build therefore reports no leaks; the unit tests, which
// are not confined, do. In a release build nobody calls this.
extern "C" __attribute__((visibility("default"))) int __lsan_is_turned_off() {
    return ::prctl(PR_GET_DUMPABLE) == 0 ? 1 : 0;
}

namespace posta {

namespace {

// A template because glibc has an enum for the resource where musl has an int.
template <class Resource>
bool lower_limit(Resource resource, rlim_t wanted) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0) return false;
    limit.rlim_max = std::min(limit.rlim_max, wanted);
    limit.rlim_cur = limit.rlim_max;
    return ::setrlimit(resource, &limit) == 0;
}

SandboxLayer set_limits(const Confinement& wanted) {
    bool all = lower_limit(RLIMIT_CORE, 0) && lower_limit(RLIMIT_NOFILE, wanted.descriptor_limit);
    if (wanted.uid) all = lower_limit(RLIMIT_NPROC, kMostThreads) && all;
    if (kHasSanitizer)
        return {"limits", LayerStrength::partial, "a sanitizer build has no memory limit"};
    if (wanted.memory_limit_mb != 0)
        all = lower_limit(RLIMIT_DATA, wanted.memory_limit_mb * 1024 * 1024) && all;
    if (all) return {"limits", LayerStrength::enforced, {}};
    return {"limits", LayerStrength::partial, "the kernel refused a limit"};
}

// Through syscall(): musl has no wrapper. A kernel before 5.9 lacks the call.
Result<SandboxLayer> close_others(std::vector<int> kept) {
    kept.insert(kept.end(), {0, 1, 2});
    std::sort(kept.begin(), kept.end());
    unsigned next = 0;
    for (const int fd : kept) {
        const auto number = static_cast<unsigned>(fd);
        if (number > next && ::syscall(SYS_close_range, next, number - 1, 0U) != 0)
            return error_from_errno(errno, "cannot close what is not the role's (close_range)");
        next = std::max(next, number + 1);
    }
    if (::syscall(SYS_close_range, next, ~0U, 0U) != 0)
        return error_from_errno(errno, "cannot close what is not the role's (close_range)");
    return SandboxLayer{"descriptors", LayerStrength::enforced, {}};
}

Result<SandboxLayer> become(const Confinement& wanted) {
    if (!wanted.uid) {
        if (::geteuid() == 0)
            return Error{ErrorCode::denied,
                         "a confined role never runs as root (give it a user of its own)"};
        return SandboxLayer{"user", LayerStrength::absent,
                            "not started by root, so all share one user"};
    }
    const uid_t uid = *wanted.uid;
    const gid_t gid = wanted.gid.value_or(static_cast<gid_t>(uid));
    if (uid == 0 || gid == 0)
        return Error{ErrorCode::denied,
                     "a confined role never runs as root (give it a user of its own)"};
    if (::setgroups(0, nullptr) != 0) return error_from_errno(errno, "cannot leave all groups");
    if (::setresgid(gid, gid, gid) != 0)
        return error_from_errno(errno, "cannot become group " + std::to_string(gid));
    if (::setresuid(uid, uid, uid) != 0)
        return error_from_errno(errno, "cannot become user " + std::to_string(uid));
    CHECK(::setuid(0) != 0);  // there is no way back
    return SandboxLayer{"user", LayerStrength::enforced, {}};
}

Result<void> keep_privileges_out() {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_from_errno(errno, "cannot set no_new_privs");
    return {};
}

// After the change of user, which sets it anew.
SandboxLayer forbid_dumps() {
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
        return {"undumpable", LayerStrength::enforced, {}};
    return {"undumpable", LayerStrength::absent, "the kernel refused"};
}

}  // namespace

std::string_view name_of(LayerStrength strength) {
    switch (strength) {
        case LayerStrength::absent:
            return "absent";
        case LayerStrength::partial:
            return "partial";
        case LayerStrength::enforced:
            return "enforced";
    }
    return "?";
}

Result<SandboxReport> confine(const Confinement& wanted) {
    SandboxReport report;
    report.push_back(set_limits(wanted));
    TRY(keep_privileges_out());
    report.push_back(TRY(close_others(wanted.descriptors)));
    report.push_back(TRY(become(wanted)));
    report.push_back(forbid_dumps());
    report.push_back(enforce_landlock(landlock_policy(wanted)));
    report.push_back(enforce_seccomp(seccomp_policy(wanted.role)));
    return report;
}

std::string summary_of(const SandboxReport& report) {
    std::string text;
    for (const SandboxLayer& layer : report) {
        if (!text.empty()) text += ' ';
        text.append(layer.name).append("=").append(name_of(layer.strength));
        if (!layer.remark.empty()) text.append(" (").append(layer.remark).append(")");
    }
    return text;
}

}  // namespace posta
