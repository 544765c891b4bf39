#pragma once
// Requests and answers of the control socket (operations.md). Pure: no socket, no supervisor.
//
// A request is a line of words, or a JSON object {"command": "restart", "words": ["arne",
// "--now"]}. Every answer is one JSON object of one schema.

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"

namespace posta::supervisor {

struct ControlCommand {
    std::string_view name;
    std::string_view words;    // for help: "SLUG [--now]"
    std::string_view options;  // "--now", or with a value "-n N"; several with a space between
    std::string_view summary;
    std::size_t least_words;
    std::size_t most_words;
    bool changes;  // logged with who asked for it
};

std::span<const ControlCommand> control_commands();

struct ControlRequest {
    const ControlCommand* command = nullptr;
    std::vector<std::string> words;  // after the command's name, options left out
    std::vector<std::pair<std::string, std::string>> options;  // the value empty for a flag

    bool has_option(std::string_view name) const;  // "--now"
    // Empty when it was not given.
    std::string option(std::string_view name) const;
    // The word at this place; empty when there is none.
    std::string word(std::size_t place) const;
};

// Errors are `invalid`: empty, control characters, unknown command (the message names those that
// exist), too few or too many words, JSON of another shape.
Result<ControlRequest> parse_control_request(std::string_view line);

// The command that a line names, also one that is refused or unknown (then cut to 64 bytes), for
// the refusal's "command"; empty when the line is not a request at all.
std::string command_named_by(std::string_view line);

// Lines without newline. `result` is JSON.
std::string control_answer(std::string_view command, std::string_view result);
std::string control_refusal(std::string_view command, const Error& error);

}  // namespace posta::supervisor
