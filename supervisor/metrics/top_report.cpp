#include "supervisor/metrics/top_report.h"

#include <optional>

#include "common/json/write.h"
#include "supervisor/metrics/process_facts.h"
#include "supervisor/metrics/process_report.h"
#include "supervisor/metrics/traffic_table.h"
#include "supervisor/serve/supervisor.h"

namespace posta::supervisor {

namespace {

void member_or_null(json::Writer& out, std::string_view name, std::optional<std::int64_t> number) {
    if (number)
        out.member(name, *number);
    else
        out.key(name).null();
}

void write_tenant(json::Writer& out, const SupervisedTenant& tenant,
                  const contracts::Traffic& traffic) {
    const Keeper& keeper = tenant.keeper();
    const ProcessReport report(keeper.history().report);
    constexpr std::size_t kServerErrors = 4;
    out.begin_object()
        .member("name", tenant.identity().slug)
        .member("state", name_of(keeper.state()))
        .member("requests", static_cast<std::int64_t>(traffic.requests()))
        .member("failures", static_cast<std::int64_t>(traffic.by_class[kServerErrors]))
        .key("latency")
        .begin_array();
    for (const std::uint64_t count : traffic.latency) out.number(static_cast<std::int64_t>(count));
    out.end_array();
    member_or_null(out, "connections", report.number("connections"));
    out.member("streams", traffic.streams);
    member_or_null(out, "memory_kb", facts_of(keeper.pid()).memory_kb);
    out.member("restarts", keeper.history().restarts).end_object();
}

}  // namespace

std::string top_json(Supervisor& supervisor, const TrafficTable& traffic) {
    json::Writer out;
    out.begin_object().key("bounds_ms").begin_array();
    for (const int bound : contracts::kLatencyBoundsMs) out.number(bound);
    out.end_array().key("tenants").begin_array();
    for (const auto& tenant : supervisor.tenants().all())
        write_tenant(out, *tenant, traffic.of(tenant->identity().slug));
    return std::move(out.end_array().end_object()).text();
}

}  // namespace posta::supervisor
