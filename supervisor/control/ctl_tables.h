#pragma once
// Answers of the control socket as text for people. Pure.

#include <string>
#include <string_view>

#include "common/json/parse.h"

namespace posta::supervisor {

// For the `result` of an answer to this command; ends with a newline.
std::string answer_for_people(std::string_view command, const json::Value& result);

// One line of `logs -f` or `events`, with its newline.
std::string log_line_for_people(const json::Value& line);

}  // namespace posta::supervisor
