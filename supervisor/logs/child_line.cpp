#include "supervisor/logs/child_line.h"

#include <algorithm>
#include <optional>

#include "common/json/parse.h"

namespace posta::supervisor {

namespace {

constexpr std::size_t kMostFields = 32;

// Names stand in the log unquoted.
bool is_plain_name(std::string_view name) {
    return !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

std::optional<ChildLine> from_json(std::string_view line) {
    if (!line.starts_with('{')) return std::nullopt;
    const auto parsed = json::parse(line);
    if (!parsed || parsed->members().size() > kMostFields) return std::nullopt;
    const json::Value* const event = parsed->find("event");
    const json::Value* const level = parsed->find("level");
    if (event == nullptr || level == nullptr || !event->string() || !level->string())
        return std::nullopt;
    const auto known_level = log_level_from(*level->string());
    if (!known_level) return std::nullopt;
    ChildLine read;
    read.level = *known_level;
    read.event = *event->string();
    for (const json::Value::Member& member : parsed->members()) {
        const std::string& name = member.first;
        if (name == "time" || name == "source" || name == "event" || name == "level") continue;
        if (!is_plain_name(name) || !member.second.string()) return std::nullopt;
        read.fields.emplace_back(name, *member.second.string());
    }
    return read;
}

}  // namespace

ChildLine read_child_line(std::string_view line) {
    if (auto read = from_json(line)) return *std::move(read);
    ChildLine raw;
    raw.fields.emplace_back("line", line);
    return raw;
}

}  // namespace posta::supervisor
