#include "common/contracts/child_report.h"

#include "common/json/write.h"

namespace posta::contracts {

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
    return std::move(out.end_object()).text();
}

}  // namespace posta::contracts
