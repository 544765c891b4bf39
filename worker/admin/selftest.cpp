#include "worker/admin/selftest.h"

#include <unistd.h>

#include <cstdio>

#include "common/base/nearest_name.h"
#include "common/base/text_table.h"
#include "common/command.h"
#include "common/json/write.h"
#include "worker/admin/become_owner.h"
#include "worker/admin/workplace.h"
#include "worker/selftest/examine.h"

namespace posta::worker {
namespace {

using posta::selftest::Findings;
using posta::selftest::Line;

// As the supervisor makes them for the worker.
contracts::WorkerSettings settings_of(const manifest::Identity& identity,
                                      const std::string& directory, const FileOwner& owner) {
    contracts::WorkerSettings settings;
    settings.slug = identity.slug;
    settings.url = identity.url;
    settings.hosts = identity.hosts();
    settings.data_dir = directory;
    settings.tenant = identity.settings;
    if (::geteuid() == 0) {
        settings.uid = owner.uid;
        settings.gid = owner.gid;
    }
    return settings;
}

std::string table_of(const Findings& findings) {
    TextTable table({"VERDICT", "WHAT", "REMARK"});
    for (const Line& line : findings.layers)
        table.add({std::string(name_of(line.strength)), "layer: " + line.subject, line.remark});
    for (const Line& line : findings.attempts)
        table.add({std::string(name_of(line.strength)), line.subject, line.remark});
    return table.text();
}

std::string summary_of(const Findings& findings) {
    int counts[3] = {};
    for (const auto* lines : {&findings.layers, &findings.attempts})
        for (const Line& line : *lines) ++counts[static_cast<int>(line.strength)];
    const auto count = [&counts](LayerStrength strength) {
        return std::to_string(counts[static_cast<int>(strength)]) + " " +
               std::string(name_of(strength));
    };
    return "Landlock of this kernel: " +
           (findings.landlock_version == 0 ? "none"
                                           : "ABI " + std::to_string(findings.landlock_version)) +
           "; " + count(LayerStrength::enforced) + ", " + count(LayerStrength::partial) + ", " +
           count(LayerStrength::absent) + "\n";
}

void write_lines(json::Writer& out, std::string_view name, std::string_view subject,
                 const std::vector<Line>& lines) {
    out.key(name).begin_array();
    for (const Line& line : lines)
        out.begin_object()
            .member(subject, line.subject)
            .member("verdict", name_of(line.strength))
            .member("remark", line.remark)
            .end_object();
    out.end_array();
}

std::string json_of(const contracts::WorkerSettings& settings, const Findings& findings) {
    json::Writer out;
    out.begin_object()
        .member("slug", settings.slug)
        .member("uid", settings.uid ? std::int64_t{*settings.uid} : std::int64_t{::geteuid()})
        .member("landlockAbi", std::int64_t{findings.landlock_version})
        .member("verdict", name_of(findings.weakest()));
    write_lines(out, "layers", "layer", findings.layers);
    write_lines(out, "attempts", "attempt", findings.attempts);
    return std::move(out.end_object()).text() + "\n";
}

Result<Findings> examine_tenant(const manifest::Manifest& manifest,
                                const contracts::WorkerSettings& settings) {
    const auto scene = TRY(selftest::Scene::set_up(manifest, settings.slug));
    return selftest::examine(settings, scene->targets());
}

}  // namespace

int selftest(const std::vector<std::string>& words) {
    Options options("selftest", "SLUG [--strict] [--json]",
                    "Tries, as a worker of this identity that was taken over would, to get at "
                    "others and at the system.\nenforced: refused by every wall that is meant to; "
                    "partial: refused, but a wall is missing;\nabsent: it is possible. Exit code 1 "
                    "when something is absent.");
    options.word("slug", "the identity", true)
        .flag("strict", "exit code 1 also when something is partial")
        .flag("json", "prints JSON")
        .manifest_options();
    if (const auto exit_code = options.parse(words)) return *exit_code;
    const Result<Tenant, ExitFailure> tenant = find_tenant(options, "selftest");
    if (!tenant) return tenant.error();
    const Result<Workplace, ExitFailure> place = find_workplace(options);
    if (!place) return place.error();
    const Result<FileOwner> owner = owner_of(tenant->directory);
    if (!owner) return fail("selftest", owner.error());

    const auto settings = settings_of(tenant->identity, tenant->directory, *owner);
    const Result<Findings> findings = examine_tenant(place->manifest, settings);
    if (!findings) return fail("selftest", findings.error());
    const std::string shown = options.has("json") ? json_of(settings, *findings)
                                                  : table_of(*findings) + summary_of(*findings);
    std::fputs(shown.c_str(), stdout);
    const LayerStrength least =
        options.has("strict") ? LayerStrength::enforced : LayerStrength::partial;
    return findings->weakest() >= least ? kExitDone : kExitFailed;
}

}  // namespace posta::worker
