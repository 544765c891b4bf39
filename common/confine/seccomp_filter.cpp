#include "common/confine/seccomp_filter.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

namespace posta {

namespace {

struct FilterCloser {
    void operator()(void* filter) const noexcept { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterCloser>;

SandboxLayer absent_because(int result) {
    return {"seccomp", LayerStrength::absent, std::strerror(-result)};
}

// A name that libseccomp or this architecture does not know cannot be called either.
int add_rule(const Filter& filter, std::uint32_t action, std::string_view name,
             const std::vector<scmp_arg_cmp>& arguments) {
    const int number = seccomp_syscall_resolve_name(std::string(name).c_str());
    if (number < 0) return 0;
    return seccomp_rule_add_array(filter.get(), action, number,
                                  static_cast<unsigned>(arguments.size()), arguments.data());
}

}  // namespace

SandboxLayer enforce_seccomp(const SeccompPolicy& policy) {
    const Filter filter(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)));
    if (!filter) return absent_because(-ENOMEM);
    // Calls made the 32-bit way on a 64-bit kernel are an intruder's detour.
    seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    for (const CallRule& rule : policy.allowed) {
        const int result = add_rule(filter, SCMP_ACT_ALLOW, rule.name, rule.arguments);
        if (result != 0) return absent_because(result);
    }
    for (const std::string_view name : policy.fatal) {
        const int result = add_rule(filter, SCMP_ACT_KILL_PROCESS, name, {});
        if (result != 0) return absent_because(result);
    }
    seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree: the cost is log n
    const int result = seccomp_load(filter.get());
    if (result != 0) return absent_because(result);
    return {"seccomp", LayerStrength::enforced, {}};
}

}  // namespace posta
