#pragma once
// What a child wrote on its standard error, as an entry for the log. Pure.
//
// A child's own log lines are JSON (common/base/log.h). Anything else is taken as it is, since it
// may be the last thing that a crashing process says: the report of a sanitizer, the text of an
// abort. Time and tenant are never the child's to say, so that none can speak for another.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/log.h"

namespace posta::supervisor {

constexpr std::size_t kMaxChildLineBytes = 4096;  // what Log writes at most

struct ChildLine {
    LogLevel level = LogLevel::warn;
    std::string event = "output";
    std::vector<std::pair<std::string, std::string>> fields;  // {"line", ...} when it is no JSON
};

ChildLine read_child_line(std::string_view line);

}  // namespace posta::supervisor
