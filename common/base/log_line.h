#pragma once
// One event as one line of a log, and how a line gets out. What Log and whoever relays another
// process's log have in common.

#include <span>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/log.h"

namespace posta {

struct LogEntry {
    WallTime time;
    LogLevel level;
    std::string_view source;
    std::string_view event;
    std::span<const LogField> fields;
};

// Without newline: valid UTF-8 without control characters, of any length. Pure.
std::string format_log_entry(const LogEntry& entry, LogFormat format);

// With newline, at most PIPE_BUF bytes: a pipe takes those whole or not at all, so that lines of
// several writers never mix. What is too long is cut and says so. Pure.
std::string bounded_log_line(const LogEntry& entry, LogFormat format);

// False when there was no room: the descriptor may be somebody else's terminal or pipe, and
// whoever reads it slowly must not hold us. A file gets the line whole or not at all: the part that
// a full disk took is taken off again (which an append-only attribute forbids: then it stays).
bool write_log_line(int fd, std::string_view line);

}  // namespace posta
