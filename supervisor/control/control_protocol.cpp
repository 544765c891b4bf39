#include "supervisor/control/control_protocol.h"

#include <algorithm>
#include <array>

#include "common/contracts/control.h"
#include "common/contracts/fields.h"
#include "common/json/write.h"

namespace posta::supervisor {

namespace {

constexpr auto kCommands = std::to_array<ControlCommand>({
    {"status", "[SLUG]", "", "every process, or one tenant's", 0, 1, false},
    {"restart", "SLUG [--now]", "--now", "a new worker; graceful unless --now", 1, 1, true},
    {"stop", "SLUG [--now]", "--now", "stop a tenant until start", 1, 1, true},
    {"start", "SLUG", "", "start a stopped, failed or waiting tenant", 1, 1, true},
    {"reload", "[--wait]", "--wait",
     "read the manifest again (waiting: for a start under way); --wait: until it is known whether "
     "it works",
     0, 0, true},
    {"plan", "", "", "what reload would do", 0, 0, false},
    {"wait", "SLUG ready|stopped SECONDS", "",
     "until the tenant is there, with the newest settings", 3, 3, false},
    {"logs", "SLUG [-f] [-n N]", "-f -n N", "its last lines; -f: and those that follow", 1, 1,
     false},
    {"events", "", "", "changes of state, as they happen", 0, 0, false},
    {"top", "", "", "what `ctl top` shows: counts of each tenant", 0, 0, false},
    {"metrics", "", "", "as Prometheus reads them", 0, 0, false},
    {"loglevel", "[SLUG] LEVEL", "", "debug, info, warn or error from now on", 1, 2, true},
    {"reopen", "", "", "open the log file again", 0, 0, true},
    {"upgrade", "", "", "the program that is installed now takes over; nobody is refused", 0, 0,
     true},
    {"shutdown", "", "", "stop the server gracefully", 0, 0, true},
    {"wake", "SLUG", "", "the worker looks at its outbox again", 1, 1, false},
    {"version", "", "", "of the running server", 0, 0, false},
    {"help", "", "", "these commands", 0, 0, false},
});

constexpr std::size_t kLongestName = 64;  // of what is no command, in a refusal

bool is_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

enum class Takes { nothing_known, no_value, value };

// What the command's list of options says of this one.
Takes taken_by(std::string_view options, std::string_view name) {
    Takes found = Takes::nothing_known;
    while (!options.empty()) {
        const std::size_t space = options.find(' ');
        const std::string_view word = options.substr(0, space);
        if (found == Takes::no_value) return is_option(word) ? found : Takes::value;
        if (word == name) found = Takes::no_value;
        options = space == std::string_view::npos ? "" : options.substr(space + 1);
    }
    return found;
}

Error invalid(std::string message) { return {ErrorCode::invalid, std::move(message)}; }

Result<std::vector<std::string>> words_from_json(std::string_view line) {
    const json::Value object = TRY(contracts::object_from(line, "request"));
    for (const json::Value::Member& member : object.members())
        if (member.first != "command" && member.first != "words")
            return invalid("unknown member \"" + member.first + "\" (command, words)");
    std::string command = TRY(contracts::string_field(object, "command"));
    std::vector<std::string> words{std::move(command)};
    if (object.find("words") == nullptr) return words;
    const std::vector<std::string> more = TRY(contracts::strings_field(object, "words"));
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

Result<std::vector<std::string>> words_from_text(std::string_view line) {
    std::vector<std::string> words;
    while (!line.empty()) {
        const std::size_t space = line.find(' ');
        if (space != 0) words.emplace_back(line.substr(0, space));
        if (space == std::string_view::npos) break;
        line.remove_prefix(space + 1);
    }
    return words;
}

Result<std::vector<std::string>> words_of(std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (std::any_of(line.begin(), line.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
        return invalid("a request is one line of text without control characters");
    return line.starts_with('{') ? words_from_json(line) : words_from_text(line);
}

std::string known_names() {
    std::string names;
    for (const ControlCommand& command : control_commands())
        names += (names.empty() ? "" : ", ") + std::string(command.name);
    return names;
}

std::string head(std::string_view command, bool ok) {
    json::Writer out;
    out.begin_object()
        .member("ok", ok)
        .member("schema", contracts::kControlSchema)
        .member("command", command)
        .end_object();
    std::string text = std::move(out).text();
    text.pop_back();  // open for one member more
    return text;
}

}  // namespace

std::span<const ControlCommand> control_commands() { return kCommands; }

bool ControlRequest::has_option(std::string_view name) const {
    return std::any_of(options.begin(), options.end(),
                       [&](const auto& given) { return given.first == name; });
}

std::string ControlRequest::option(std::string_view name) const {
    for (const auto& [given, value] : options)
        if (given == name) return value;
    return {};
}

std::string ControlRequest::word(std::size_t place) const {
    return place < words.size() ? words[place] : std::string();
}

std::string command_named_by(std::string_view line) {
    if (!line.starts_with('{')) {
        const Result<std::vector<std::string>> words = words_of(line);
        return words && !words->empty() ? words->front().substr(0, kLongestName) : std::string();
    }
    const Result<json::Value> object = contracts::object_from(line, "request");
    if (!object) return {};
    const Result<std::string> command = contracts::string_field(*object, "command");
    return command ? command->substr(0, kLongestName) : std::string();
}

Result<ControlRequest> parse_control_request(std::string_view line) {
    std::vector<std::string> words = TRY(words_of(line));
    if (words.empty()) return invalid("an empty request (help lists the commands)");

    ControlRequest request;
    for (const ControlCommand& command : control_commands())
        if (command.name == words[0]) request.command = &command;
    if (request.command == nullptr)
        return invalid("unknown command \"" + words[0].substr(0, kLongestName) + "\" (" +
                       known_names() + ")");
    const ControlCommand& command = *request.command;
    const std::string usage = "(use: " + std::string(command.name) +
                              (command.words.empty() ? "" : " ") + std::string(command.words) + ")";
    for (std::size_t at = 1; at < words.size(); ++at) {
        if (!is_option(words[at])) {
            request.words.push_back(words[at]);
            continue;
        }
        const Takes takes = taken_by(command.options, words[at]);
        if (takes == Takes::nothing_known || request.has_option(words[at]))
            return invalid("unknown or repeated option " + usage);
        if (takes == Takes::value && at + 1 == words.size())
            return invalid(words[at] + " needs a value " + usage);
        const std::string& name = words[at];
        request.options.emplace_back(name, takes == Takes::value ? words[++at] : std::string());
    }
    if (request.words.size() < command.least_words || request.words.size() > command.most_words)
        return invalid("wrong number of words " + usage);
    return request;
}

std::string control_answer(std::string_view command, std::string_view result) {
    return head(command, true) + ",\"result\":" + std::string(result) + "}";
}

std::string control_refusal(std::string_view command, const Error& error) {
    json::Writer out;
    out.begin_object()
        .member("code", name_of(error.code))
        .member("message", error.message)
        .end_object();
    return head(command, false) + ",\"error\":" + std::move(out).text() + "}";
}

}  // namespace posta::supervisor
