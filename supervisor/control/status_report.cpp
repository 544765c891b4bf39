#include "supervisor/control/status_report.h"

#include <unistd.h>

#include <optional>

#include "common/base/rfc3339.h"
#include "common/json/write.h"
#include "posta_version.h"
#include "supervisor/metrics/process_facts.h"
#include "supervisor/serve/supervisor.h"

namespace posta::supervisor {

namespace {

void number_or_null(json::Writer& out, std::string_view name, std::optional<std::int64_t> number) {
    out.key(name);
    if (number)
        out.number(*number);
    else
        out.null();
}

void time_or_null(json::Writer& out, std::string_view name, std::optional<WallTime> time) {
    out.key(name);
    if (time)
        out.string(format_time(*time));
    else
        out.null();
}

void write_last_exit(json::Writer& out, const Keeper::History& history) {
    out.key("last_exit");
    if (!history.last_exit) {
        out.null();
        return;
    }
    out.begin_object();
    if (history.last_exit->signal != 0)
        out.member("signal", signal_name(history.last_exit->signal));
    else
        out.member("code", history.last_exit->code);
    out.member("text", history.last_exit_text).end_object();
}

std::string_view settings_of(const SupervisedTenant& tenant) {
    if (tenant.newer_wait()) return "newer_wait";
    if (tenant.on_trial()) return "on_trial";
    return tenant.put_back_because().empty() ? "current" : "put_back";
}

// What is wrong with it, or not yet as it should be.
std::string reason_of(const Keeper& keeper, const SupervisedTenant* tenant) {
    const std::string& reason = keeper.history().reason;
    if (tenant == nullptr) return reason;
    if (tenant->newer_wait())
        return (reason.empty() ? "" : reason + "; ") +
               "newer settings wait until this start is over";
    return reason.empty() ? tenant->put_back_because() : reason;
}

// `tenant`: null for a front.
void write_process(json::Writer& out, const Keeper& keeper, const SupervisedTenant* tenant) {
    const Keeper::History& history = keeper.history();
    const ProcessFacts facts = facts_of(keeper.pid());
    out.begin_object()
        .member("name", keeper.name())
        .member("kind", tenant == nullptr ? "front" : "worker");
    out.member("state", name_of(keeper.state()));
    out.member("reason", reason_of(keeper, tenant));
    if (tenant != nullptr) out.member("settings", settings_of(*tenant));
    number_or_null(out, "pid",
                   keeper.pid() == 0 ? std::nullopt : std::optional<std::int64_t>(keeper.pid()));
    number_or_null(out, "uid", facts.uid);
    number_or_null(out, "memory_kb", facts.memory_kb);
    time_or_null(out, "started", history.started);
    number_or_null(out, "ready_after_ms",
                   history.ready_after ? std::optional<std::int64_t>(history.ready_after->count())
                                       : std::nullopt);
    out.member("restarts", history.restarts);
    write_last_exit(out, history);
    time_or_null(out, "next_try", history.next_try);
    out.key("report");
    if (history.report.empty())
        out.null();
    else
        out.raw(history.report);
    out.end_object();
}

void write_slugs(json::Writer& out, std::string_view name, const std::vector<std::string>& slugs) {
    out.key(name).begin_array();
    for (const std::string& slug : slugs) out.string(slug);
    out.end_array();
}

void write_plan(json::Writer& out, const ReloadPlan& plan) {
    write_slugs(out, "added", plan.added);
    write_slugs(out, "changed", plan.changed);
    write_slugs(out, "removed", plan.removed);
    write_slugs(out, "untouched", plan.kept);
    write_slugs(out, "waiting", plan.waiting);
    write_slugs(out, "needs_new_start", plan.needs_new_start);
}

}  // namespace

Result<std::string> status_json(Supervisor& supervisor, const std::string& slug) {
    SupervisedTenant* const one = slug.empty() ? nullptr : supervisor.tenants().find(slug);
    if (!slug.empty() && one == nullptr)
        return Error{ErrorCode::not_found, "no tenant \"" + slug + "\""};
    json::Writer out;
    out.begin_object();
    out.key("supervisor")
        .begin_object()
        .member("pid", static_cast<std::int64_t>(::getpid()))
        .member("version", POSTA_VERSION)
        .member("all_ready", supervisor.not_ready().empty());
    const Succession& succession = supervisor.succession();
    out.key("upgrade")
        .begin_object()
        .member("state", name_of(succession.state()))
        .member("from", succession.from_version())
        .member("waiting", static_cast<std::int64_t>(succession.waiting()))
        .member("reason", succession.reason())
        .end_object();
    out.end_object();
    out.key("processes").begin_array();
    if (one != nullptr) {
        write_process(out, one->keeper(), one);
    } else {
        for (const auto& front : supervisor.fronts().all()) write_process(out, *front, nullptr);
        for (const auto& tenant : supervisor.tenants().all())
            write_process(out, tenant->keeper(), tenant.get());
    }
    out.end_array().end_object();
    return std::move(out).text();
}

std::string plan_json(const ReloadPlan& plan) {
    json::Writer out;
    out.begin_object();
    write_plan(out, plan);
    out.end_object();
    return std::move(out).text();
}

std::string reload_outcome_json(const ReloadPlan& plan, const std::vector<std::string>& slugs,
                                Supervisor& supervisor) {
    ReloadPlan done = plan;
    done.waiting.clear();
    std::vector<std::string> put_back;
    std::vector<std::string> not_ready;
    for (const std::string& slug : slugs) {
        const SupervisedTenant* const tenant = supervisor.tenants().find(slug);
        if (tenant == nullptr) continue;
        if (!tenant->put_back_because().empty()) put_back.push_back(slug);
        if (tenant->identity().enabled && !tenant->keeper().serving()) not_ready.push_back(slug);
    }
    json::Writer out;
    out.begin_object();
    write_plan(out, done);
    write_slugs(out, "put_back", put_back);
    write_slugs(out, "not_ready", not_ready);
    out.end_object();
    return std::move(out).text();
}

}  // namespace posta::supervisor
