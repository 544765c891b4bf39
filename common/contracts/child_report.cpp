#include "common/contracts/child_report.h"

#include "common/json/write.h"

namespace posta::contracts {

namespace {

void write_vitals(json::Writer& out, const Vitals& vitals) {
    const auto optional = [&](std::string_view name, std::optional<std::int64_t> number) {
        if (number) out.member(name, *number);
    };
    out.key("vitals").begin_object().member("outbox_depth", vitals.outbox_depth);
    optional("outbox_oldest_s", vitals.outbox_oldest_s);
    optional("last_commit_ms", vitals.last_commit_ms);
    optional("disk_bytes", vitals.disk_bytes);
    out.member("refused_for_memory", vitals.refused_for_memory).end_object();
}

void write_ledger(json::Writer& out, const Ledger& ledger) {
    const auto count = [&](std::string_view name, std::uint64_t number) {
        out.member(name, static_cast<std::int64_t>(number));
    };
    out.key("ledger").begin_object();
    count("accepted", ledger.accepted);
    count("answered", ledger.answered);
    count("client_left", ledger.client_left);
    count("accept_pauses", ledger.accept_pauses);
    count("open", ledger.open);
    out.key("refused").begin_object();
    for (const auto& [reason, number] : ledger.refused) count(reason, number);
    out.end_object().end_object();
}

}  // namespace

Ledger::Ledger() = default;

std::string to_json(const ChildReport& report) {
    json::Writer out;
    out.begin_object().member("connections", static_cast<std::int64_t>(report.connections));
    out.member("requests", static_cast<std::int64_t>(report.requests)).key("sandbox").begin_array();
    for (const SandboxLayer& layer : report.sandbox) {
        out.begin_object().member("layer", layer.name).member("strength", name_of(layer.strength));
        if (!layer.remark.empty()) out.member("remark", layer.remark);
        out.end_object();
    }
    out.end_array();
    if (!report.trouble.empty()) out.member("trouble", report.trouble);
    if (report.vitals) write_vitals(out, *report.vitals);
    if (report.ledger) write_ledger(out, *report.ledger);
    return std::move(out.end_object()).text();
}

}  // namespace posta::contracts
