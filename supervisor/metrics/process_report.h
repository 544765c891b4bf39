#pragma once
// A child's last report (common/contracts/child_report.h), number by number. Pure.
//
// A child says what it likes: what is no whole number, or negative, is absent.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/json/parse.h"

namespace posta::supervisor {

class ProcessReport {
public:
    // `json` must outlive this; empty: everything is absent.
    explicit ProcessReport(const std::string& json);

    bool known() const { return report_.has_value(); }
    // It says why it cannot keep what it is given.
    bool in_trouble() const { return part("trouble") != nullptr; }
    std::optional<std::int64_t> number(std::string_view name) const;
    std::optional<std::int64_t> vital(std::string_view name) const { return in("vitals", name); }
    std::optional<std::int64_t> ledger(std::string_view name) const { return in("ledger", name); }
    bool has_ledger() const { return part("ledger") != nullptr; }
    // Reason and count. Reasons are words of lower-case letters and hyphens; others are left out.
    std::vector<std::pair<std::string, std::int64_t>> refused() const;
    // Layers of the sandbox with this strength.
    std::int64_t layers(std::string_view strength) const;

private:
    const json::Value* part(std::string_view name) const;
    std::optional<std::int64_t> in(std::string_view part, std::string_view name) const;

    std::optional<json::Value> report_;
};

}  // namespace posta::supervisor
