#include "supervisor/metrics/process_report.h"

#include <algorithm>

namespace posta::supervisor {

namespace {

std::optional<std::int64_t> number_in(const json::Value* object, std::string_view name) {
    const json::Value* const member = object == nullptr ? nullptr : object->find(name);
    const auto number = member == nullptr ? std::nullopt : member->integer();
    return number && *number >= 0 ? number : std::nullopt;
}

bool is_reason(std::string_view name) {
    constexpr std::size_t kMostBytes = 40;
    return !name.empty() && name.size() <= kMostBytes &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

}  // namespace

ProcessReport::ProcessReport(const std::string& json_text) {
    auto parsed = json::parse(json_text);
    if (parsed) report_ = std::move(parsed).value();
}

std::optional<std::int64_t> ProcessReport::number(std::string_view name) const {
    return number_in(report_ ? &*report_ : nullptr, name);
}

const json::Value* ProcessReport::part(std::string_view name) const {
    return report_ ? report_->find(name) : nullptr;
}

std::optional<std::int64_t> ProcessReport::in(std::string_view name, std::string_view of) const {
    return number_in(part(name), of);
}

std::vector<std::pair<std::string, std::int64_t>> ProcessReport::refused() const {
    constexpr std::size_t kMostReasons = 32;
    std::vector<std::pair<std::string, std::int64_t>> found;
    const json::Value* const ledger = part("ledger");
    const json::Value* const refused = ledger == nullptr ? nullptr : ledger->find("refused");
    if (refused == nullptr) return found;
    for (const json::Value::Member& member : refused->members()) {
        const auto number = member.second.integer();
        if (number && *number >= 0 && is_reason(member.first) && found.size() < kMostReasons)
            found.emplace_back(member.first, *number);
    }
    return found;
}

std::int64_t ProcessReport::layers(std::string_view strength) const {
    const json::Value* const layers = part("sandbox");
    if (layers == nullptr) return 0;
    return std::count_if(layers->elements().begin(), layers->elements().end(),
                         [&](const json::Value& layer) {
                             const json::Value* const found = layer.find("strength");
                             return found != nullptr && found->string() == strength;
                         });
}

}  // namespace posta::supervisor
