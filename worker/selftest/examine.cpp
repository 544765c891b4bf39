#include "worker/selftest/examine.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>

#include "common/base/unique_fd.h"
#include "common/confine/landlock.h"
#include "worker/confinement.h"
#include "worker/selftest/attempts.h"
#include "worker/selftest/confined_child.h"
#include "worker/selftest/verdict.h"

namespace posta::selftest {

namespace {

// "strength remark" of each layer, in the order of the report; the names are the parent's own.
std::string written(const SandboxReport& report) {
    std::string lines;
    for (const SandboxLayer& layer : report)
        lines += std::string(layer.name) + '\t' + std::string(name_of(layer.strength)) + '\t' +
                 layer.remark + '\n';
    return lines;
}

LayerStrength strength_from(std::string_view name) {
    for (const LayerStrength strength : {LayerStrength::enforced, LayerStrength::partial})
        if (name == name_of(strength)) return strength;
    return LayerStrength::absent;
}

std::vector<Line> read_layers(std::string_view text) {
    std::vector<Line> lines;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::size_t first = line.find('\t');
        const std::size_t second = line.find('\t', first + 1);
        if (second == std::string_view::npos) continue;
        lines.push_back({std::string(line.substr(0, first)),
                         strength_from(line.substr(first + 1, second - first - 1)),
                         std::string(line.substr(second + 1))});
    }
    return lines;
}

SandboxReport report_from(const std::vector<Line>& lines) {
    SandboxReport report;
    for (const Line& line : lines) report.push_back({line.subject, line.strength, line.remark});
    return report;
}

Outcome outcome_of(std::string_view way, const ChildsEnd& end) {
    if (end.signal != 0 && end.confined) return {way, Outcome::Kind::killed, end.signal};
    int error_number = 0;
    const char* const last = end.said.data() + end.said.size();
    const auto [stopped, error] = std::from_chars(end.said.data(), last, error_number);
    if (end.answered && error == std::errc() && stopped == last)
        return outcome_of_errno(way, error_number);
    // It is another program now, or has taken a way out that we do not know.
    return {way, end.confined ? Outcome::Kind::succeeded : Outcome::Kind::unclear, 0};
}

Result<std::vector<Outcome>> try_all(const Attempt& attempt,
                                     const contracts::WorkerSettings& settings) {
    std::vector<Outcome> outcomes;
    for (const Way& way : attempt.ways) {
        const ChildsEnd end = TRY(in_workers_skin(
            settings, [&way](const SandboxReport&) { return std::to_string(way.deed()); }));
        outcomes.push_back(outcome_of(way.name, end));
    }
    return outcomes;
}

}  // namespace

LayerStrength Findings::weakest() const {
    LayerStrength found = LayerStrength::enforced;
    for (const auto* lines : {&layers, &attempts})
        for (const Line& line : *lines) found = std::min(found, line.strength);
    return found;
}

Result<Findings> examine(const contracts::WorkerSettings& settings, const Targets& targets) {
    const ChildsEnd confined = TRY(in_workers_skin(settings, written));
    if (!confined.answered)
        return Error{ErrorCode::internal, confined.said.empty()
                                              ? "the confined process gave no answer"
                                              : "the sandbox was refused: " + confined.said};
    Findings findings;
    findings.landlock_version = landlock_version();
    findings.layers = read_layers(confined.said);
    const SandboxReport layers = report_from(findings.layers);

    // Something that a confined child must find closed: open, and not close-on-exec.
    const UniqueFd left_open(::open("/", O_RDONLY | O_DIRECTORY));  // NOLINT(android-cloexec-open)
    const Confinement limits = worker::confinement_of(settings);
    for (const auto& attempts : {attempts_on_others(targets), attempts_on_the_system(limits)}) {
        for (const Attempt& attempt : attempts) {
            const std::vector<Outcome> outcomes = TRY(try_all(attempt, settings));
            Verdict verdict = judge(outcomes, attempt.walls, layers, findings.landlock_version);
            findings.attempts.push_back(
                {std::string(attempt.name), verdict.strength, std::move(verdict.remark)});
        }
    }
    return findings;
}

}  // namespace posta::selftest
