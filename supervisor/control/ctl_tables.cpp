#include "supervisor/control/ctl_tables.h"

#include <algorithm>
#include <vector>

#include "common/base/text_table.h"

namespace posta::supervisor {

namespace {

using Row = std::vector<std::string>;

std::string table(const std::vector<Row>& rows) {
    TextTable shown(rows[0]);
    for (std::size_t at = 1; at < rows.size(); ++at) shown.add(rows[at]);
    return shown.text();
}

// A string as it is, null as "-", anything else as its JSON.
std::string cell(const json::Value& object, std::string_view name) {
    const json::Value* member = object.find(name);
    if (member == nullptr || member->kind() == json::Kind::null) return "-";
    if (const auto text = member->string()) return std::string(*text);
    return std::string(member->raw());
}

// From its last report: "6 of 6" layers of the sandbox are enforced.
std::string layers_enforced(const json::Value& report) {
    const json::Value* const layers = report.find("sandbox");
    if (layers == nullptr) return "-";
    const auto& all = layers->elements();
    const auto enforced = std::count_if(all.begin(), all.end(), [](const json::Value& layer) {
        return cell(layer, "strength") == "enforced";
    });
    return std::to_string(enforced) + " of " + std::to_string(all.size());
}

std::string status_table(const json::Value& result) {
    std::vector<Row> rows{{"NAME", "KIND", "STATE", "PID", "UID", "KIB", "READY-MS", "RESTARTS",
                           "CONNECTIONS", "REQUESTS", "SANDBOX", "REASON"}};
    if (const json::Value* processes = result.find("processes"); processes != nullptr)
        for (const json::Value& process : processes->elements()) {
            Row row;
            for (const std::string_view name :
                 {"name", "kind", "state", "pid", "uid", "memory_kb", "ready_after_ms", "restarts"})
                row.push_back(cell(process, name));
            const json::Value* const report = process.find("report");
            const bool known = report != nullptr && report->kind() == json::Kind::object;
            for (const std::string_view name : {"connections", "requests"})
                row.push_back(known ? cell(*report, name) : "-");
            row.push_back(known ? layers_enforced(*report) : "-");
            const std::string reason = cell(process, "reason");
            const bool troubled = reason.empty() && known && report->find("trouble") != nullptr;
            row.push_back(troubled ? cell(*report, "trouble") : reason);
            rows.push_back(std::move(row));
        }
    return table(rows);
}

std::string plan_lines(const json::Value& result) {
    std::string text;
    for (const json::Value::Member& member : result.members()) {
        if (member.second.elements().empty()) continue;
        text += member.first + ":";
        for (const json::Value& slug : member.second.elements())
            text += " " + std::string(slug.string().value_or("?"));
        text += "\n";
    }
    return text.empty() ? "no identities\n" : text;
}

std::string log_lines(const json::Value& result) {
    std::string text;
    if (const json::Value* const lines = result.find("lines"); lines != nullptr)
        for (const json::Value& line : lines->elements()) text += log_line_for_people(line);
    return text;
}

std::string help_table(const json::Value& result) {
    std::vector<Row> rows{{"COMMAND", "WORDS", "DOES"}};
    for (const json::Value& command : result.elements())
        rows.push_back(
            {cell(command, "command"), cell(command, "words"), cell(command, "summary")});
    return table(rows);
}

std::string shown_field(const json::Value::Member& member) {
    const auto text = member.second.string();
    const bool plain = text && !text->empty() && text->find_first_of(" \"\\=") == text->npos;
    return " " + member.first + "=" + std::string(plain ? *text : member.second.raw());
}

}  // namespace

std::string log_line_for_people(const json::Value& line) {
    std::string fields;
    for (const json::Value::Member& member : line.members()) {
        const std::string& name = member.first;
        if (name != "time" && name != "level" && name != "source" && name != "name" &&
            name != "event")
            fields += shown_field(member);
    }
    std::string text;
    for (const std::string_view name : {"time", "level", "source", "name"})
        if (line.find(name) != nullptr) text += cell(line, name) + " ";
    if (!text.empty()) text.replace(text.size() - 1, 1, ": ");
    if (line.find("event") != nullptr) text += cell(line, "event");
    text += fields;
    return printable(text) + "\n";
}

std::string answer_for_people(std::string_view command, const json::Value& result) {
    if (command == "status") return status_table(result);
    if (command == "reload" || command == "plan") return plan_lines(result);
    if (command == "help") return help_table(result);
    if (command == "logs") return log_lines(result);
    if (command == "metrics") return cell(result, "text");
    std::string line;
    for (const json::Value::Member& member : result.members())
        line += (line.empty() ? "" : "  ") + member.first + " " + cell(result, member.first);
    return printable(line) + "\n";
}

}  // namespace posta::supervisor
