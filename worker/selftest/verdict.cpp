#include "worker/selftest/verdict.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace posta::selftest {

namespace {

// Whatever else a call may answer (no such file, bad argument) shows no wall.
constexpr auto kRefusals = std::to_array<std::pair<int, std::string_view>>({
    {EACCES, "EACCES"},
    {EPERM, "EPERM"},
    {ENOSYS, "ENOSYS"},
    {ENOMEM, "ENOMEM"},
    {EMFILE, "EMFILE"},
    {EAGAIN, "EAGAIN"},
    {EBADF, "EBADF"},
});

std::string text_of(const Outcome& outcome) {
    using Kind = Outcome::Kind;
    const std::string way(outcome.way);
    switch (outcome.kind) {
        case Kind::refused:
            for (const auto& [number, name] : kRefusals)
                if (number == outcome.number) return way + ": " + std::string(name);
            break;
        case Kind::killed:
            return way + (outcome.number == SIGSYS
                              ? ": killed by the filter"
                              : ": " + std::string(::strsignal(outcome.number)));
        case Kind::succeeded:
            return way + ": POSSIBLE";
        case Kind::unclear:
            break;
    }
    return way + ": not shown (" +
           (outcome.number == 0 ? "no answer" : std::strerror(outcome.number)) + ")";
}

bool held(const Outcome& outcome) {
    return outcome.kind == Outcome::Kind::refused || outcome.kind == Outcome::Kind::killed;
}

bool stands(const Wall& wall, const SandboxReport& layers, long landlock_version) {
    const auto layer = std::find_if(layers.begin(), layers.end(), [&](const SandboxLayer& one) {
        return one.name == wall.layer;
    });
    if (layer == layers.end() || layer->strength == LayerStrength::absent) return false;
    if (wall.layer == "landlock") return landlock_version >= wall.landlock_version;
    return layer->strength == LayerStrength::enforced;
}

}  // namespace

Outcome outcome_of_errno(std::string_view way, int error_number) {
    using Kind = Outcome::Kind;
    if (error_number == 0) return {way, Kind::succeeded, 0};
    const bool refused = std::any_of(kRefusals.begin(), kRefusals.end(),
                                     [&](const auto& one) { return one.first == error_number; });
    return {way, refused ? Kind::refused : Kind::unclear, error_number};
}

Verdict judge(const std::vector<Outcome>& outcomes, const std::vector<Wall>& walls,
              const SandboxReport& layers, long landlock_version) {
    Verdict verdict;
    for (const Outcome& outcome : outcomes)
        verdict.remark += (verdict.remark.empty() ? "" : ", ") + text_of(outcome);
    if (outcomes.empty() || !std::all_of(outcomes.begin(), outcomes.end(), held)) return verdict;
    verdict.strength = LayerStrength::enforced;
    for (const Wall& wall : walls) {
        if (stands(wall, layers, landlock_version)) continue;
        verdict.strength = LayerStrength::partial;
        verdict.remark += "; without " + std::string(wall.layer);
    }
    return verdict;
}

}  // namespace posta::selftest
