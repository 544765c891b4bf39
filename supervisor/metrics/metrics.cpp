#include "supervisor/metrics/metrics.h"

#include <unistd.h>

#include <array>
#include <vector>

#include "posta_version.h"
#include "supervisor/logs/live_feed.h"
#include "supervisor/metrics/metrics_text.h"
#include "supervisor/metrics/process_facts.h"
#include "supervisor/metrics/process_report.h"
#include "supervisor/metrics/traffic_table.h"
#include "supervisor/serve/supervisor.h"

namespace posta::supervisor {

namespace {

using Number = std::optional<std::int64_t>;

// One process, looked at once for all families.
struct Observed {
    std::string name;  // a slug, or a front's number
    const Keeper* keeper;
    ProcessReport report;
    ProcessFacts facts;
    contracts::Traffic traffic{};
};

Observed observe(std::string name, const Keeper& keeper) {
    return {std::move(name), &keeper, ProcessReport(keeper.history().report),
            facts_of(keeper.pid())};
}

class Families {
public:
    Families(MetricsText& out, std::string_view label, const std::vector<Observed>& all)
        : out_(out), label_(label), all_(all) {}

    // A family with one sample a process; `value_of` returns a number, or nothing when there is
    // none.
    template <class ValueOf>
    void each(std::string_view name, std::string_view type, std::string_view help,
              ValueOf value_of) {
        out_.family(name, type, help);
        for (const Observed& one : all_)
            if (const Number value = value_of(one)) out_.sample({{label_, one.name}}, *value);
    }

private:
    MetricsText& out_;
    std::string_view label_;
    const std::vector<Observed>& all_;
};

Number bytes_of(const Observed& one) {
    if (!one.facts.memory_kb) return std::nullopt;
    return *one.facts.memory_kb * 1024;
}

void write_states(MetricsText& out, std::string_view label, const std::vector<Observed>& all) {
    constexpr std::array<std::string_view, 6> kStateNames{"stopped",  "starting", "ready",
                                                          "draining", "backoff",  "failed"};
    out.family("posta_" + std::string(label) + "_state", "gauge",
               "1 for the state that the " + std::string(label) + " is in.");
    for (const Observed& one : all)
        for (const std::string_view state : kStateNames)
            out.sample({{label, one.name}, {"state", state}},
                       name_of(one.keeper->state()) == state ? 1 : 0);
}

void write_traffic(MetricsText& out, const std::vector<Observed>& tenants) {
    constexpr std::array<std::string_view, contracts::kStatusClasses> kClasses{"1xx", "2xx", "3xx",
                                                                               "4xx", "5xx"};
    out.family("posta_tenant_requests_total", "counter",
               "Requests that the fronts have answered, by class of status.");
    for (const Observed& one : tenants)
        for (std::size_t at = 0; at < kClasses.size(); ++at)
            out.sample({{"tenant", one.name}, {"class", kClasses[at]}}, one.traffic.by_class[at]);
    out.family(
        "posta_tenant_request_duration_seconds", "histogram",
        "From a request's head to the end of its answer; of event streams, to its beginning.");
    for (const Observed& one : tenants)
        out.histogram({"tenant", one.name}, contracts::kLatencyBoundsMs, one.traffic.latency,
                      one.traffic.latency_us);
}

void write_sandbox(MetricsText& out, const std::vector<Observed>& tenants) {
    out.family("posta_tenant_sandbox_layers", "gauge", "Layers of the sandbox, by strength.");
    for (const Observed& one : tenants)
        for (const std::string_view strength : {"enforced", "partial", "absent"})
            out.sample({{"tenant", one.name}, {"strength", strength}}, one.report.layers(strength));
}

void write_last_commits(MetricsText& out, const std::vector<Observed>& tenants) {
    out.family("posta_tenant_last_commit_timestamp_seconds", "gauge",
               "When the worker last committed something to its database.");
    for (const Observed& one : tenants)
        if (const Number at = one.report.vital("last_commit_ms"))
            out.sample_milli({{"tenant", one.name}}, *at);
}

void write_tenants(MetricsText& out, const std::vector<Observed>& tenants) {
    write_states(out, "tenant", tenants);
    Families families(out, "tenant", tenants);
    families.each("posta_tenant_restarts_total", "counter", "Starts of a worker after the first.",
                  [](const Observed& one) -> Number { return one.keeper->history().restarts; });
    families.each("posta_tenant_memory_bytes", "gauge", "Resident memory of the worker.", bytes_of);
    families.each("posta_tenant_connections", "gauge", "Connections from fronts that are open.",
                  [](const Observed& one) { return one.report.number("connections"); });
    families.each("posta_tenant_streams", "gauge", "Event streams that are open.",
                  [](const Observed& one) -> Number { return one.traffic.streams; });
    families.each("posta_tenant_worker_requests_total", "counter",
                  "Requests that reached the worker since it was started.",
                  [](const Observed& one) { return one.report.number("requests"); });
    write_traffic(out, tenants);
    families.each("posta_tenant_outbox_messages", "gauge", "Messages that wait to be sent.",
                  [](const Observed& one) { return one.report.vital("outbox_depth"); });
    families.each("posta_tenant_outbox_oldest_age_seconds", "gauge",
                  "How long the oldest message has waited to be sent; 0 when none waits.",
                  [](const Observed& one) -> Number {
                      if (!one.report.vital("outbox_depth")) return std::nullopt;
                      return one.report.vital("outbox_oldest_s").value_or(0);
                  });
    write_last_commits(out, tenants);
    families.each("posta_tenant_disk_bytes", "gauge", "Disk that the tenant's directory uses.",
                  [](const Observed& one) { return one.report.vital("disk_bytes"); });
    families.each(
        "posta_tenant_refused_for_memory_total", "counter",
        "Requests and streams that the worker refused because what is under way needs all "
        "of its memory.",
        [](const Observed& one) { return one.report.vital("refused_for_memory"); });
    families.each("posta_tenant_trouble", "gauge",
                  "1 while the worker cannot keep what it is given: no room on its disk or under "
                  "database_limit_mb, or under memory_limit_mb for what is under way; ctl status "
                  "says which.",
                  [](const Observed& one) -> Number {
                      if (!one.report.known()) return std::nullopt;
                      return one.report.in_trouble() ? 1 : 0;
                  });
    write_sandbox(out, tenants);
}

// What was accepted and is nowhere; anything but 0 is a fault of ours.
std::int64_t difference(const Observed& front) {
    std::int64_t left = front.report.ledger("accepted").value_or(0);
    for (const std::string_view name : {"answered", "client_left", "open"})
        left -= front.report.ledger(name).value_or(0);
    for (const auto& [reason, count] : front.report.refused()) left -= count;
    return left;
}

void write_ledger(MetricsText& out, const std::vector<Observed>& fronts) {
    Families families(out, "front", fronts);
    const auto entry = [](const char* name) {
        return [name](const Observed& front) { return front.report.ledger(name); };
    };
    families.each("posta_front_accepted_total", "counter", "Requests that have begun to arrive.",
                  entry("accepted"));
    families.each("posta_front_answered_total", "counter",
                  "Requests whose answer from a worker went out whole.", entry("answered"));
    families.each("posta_front_client_left_total", "counter",
                  "Requests whose client left before its answer was whole.", entry("client_left"));
    out.family("posta_front_refused_total", "counter",
               "Requests that the front answered itself, or had to cut, by reason.");
    for (const Observed& front : fronts)
        for (const auto& [reason, count] : front.report.refused())
            out.sample({{"front", front.name}, {"reason", reason}}, count);
    families.each("posta_front_open_requests", "gauge", "Requests that are under way.",
                  entry("open"));
    families.each("posta_front_ledger_difference", "gauge",
                  "Accepted less answered, client left, refused and open: always 0.",
                  [](const Observed& front) -> Number {
                      if (!front.report.has_ledger()) return std::nullopt;
                      return difference(front);
                  });
}

void write_fronts(MetricsText& out, const std::vector<Observed>& fronts) {
    write_states(out, "front", fronts);
    Families families(out, "front", fronts);
    families.each("posta_front_ready", "gauge", "1 when the front serves.",
                  [](const Observed& front) -> Number { return front.keeper->serving() ? 1 : 0; });
    families.each("posta_front_restarts_total", "counter", "Starts of a front after the first.",
                  [](const Observed& front) -> Number { return front.keeper->history().restarts; });
    families.each("posta_front_memory_bytes", "gauge", "Resident memory of the front.", bytes_of);
    families.each("posta_front_connections", "gauge", "Clients that are connected.",
                  [](const Observed& front) { return front.report.number("connections"); });
    families.each("posta_front_accept_pauses_total", "counter",
                  "Times that descriptors ran out and new clients had to wait in the backlog.",
                  [](const Observed& front) { return front.report.ledger("accept_pauses"); });
    write_ledger(out, fronts);
}

void write_supervisor(MetricsText& out, const LiveFeed& feed) {
    out.family("posta_build_info", "gauge", "1; the label names the version.");
    out.sample({{"version", POSTA_VERSION}}, 1);
    out.family("posta_supervisor_memory_bytes", "gauge", "Resident memory of the supervisor.");
    out.sample({}, facts_of(::getpid()).memory_kb.value_or(0) * 1024);
    out.family("posta_log_lines_lost_total", "counter",
               "Lines of children that whoever reads the log did not take.");
    out.sample({}, feed.lines_lost());
}

}  // namespace

std::string metrics_text(Supervisor& supervisor, const TrafficTable& traffic,
                         const LiveFeed& feed) {
    std::vector<Observed> fronts;
    for (const auto& front : supervisor.fronts().all())
        fronts.push_back(observe(std::to_string(fronts.size()), *front));
    std::vector<Observed> tenants;
    for (const auto& tenant : supervisor.tenants().all()) {
        tenants.push_back(observe(tenant->identity().slug, tenant->keeper()));
        tenants.back().traffic = traffic.of(tenant->identity().slug);
    }
    MetricsText out;
    write_supervisor(out, feed);
    write_fronts(out, fronts);
    write_tenants(out, tenants);
    return std::move(out).text();
}

}  // namespace posta::supervisor
