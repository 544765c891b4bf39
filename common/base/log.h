#pragma once
// One line an event, to standard error, as text or as JSON.
//
// A line names the time, the level, the tenant (where there is one), what happened, and fields.
// Control characters, quotes and what is no UTF-8 are escaped, so that one event is always one
// line. Never pass a token, an invite, a key or a payload: nothing here removes them.
//
// Writing never fails for the caller: when the pipe is full or closed the line is lost and counted,
// and the next line that gets through says how many were. A line is at most PIPE_BUF bytes; a
// longer one is cut and says so.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace posta {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { text, json };

std::optional<LogLevel> log_level_from(std::string_view name);
std::string_view name_of(LogLevel level);

struct LogField {
    std::string_view name;
    std::string value;

    LogField(std::string_view field, std::string text) : name(field), value(std::move(text)) {}
    LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
    LogField(std::string_view field, const char* text) : name(field), value(text) {}
    // Of any width: which of them std::size_t is differs between machines.
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) LogField(std::string_view field, Number number)
        : name(field), value(std::to_string(number)) {}
};

class Log {
public:
    // `source` is the tenant's slug, or "supervisor", "front". `fd` is borrowed.
    Log(const Clock& clock, std::string source, LogLevel level, LogFormat format, int fd = 2);

    using Fields = std::initializer_list<LogField>;
    void debug(std::string_view event, Fields fields = {}) {
        write(LogLevel::debug, event, fields);
    }
    void info(std::string_view event, Fields fields = {}) { write(LogLevel::info, event, fields); }
    void warn(std::string_view event, Fields fields = {}) { write(LogLevel::warn, event, fields); }
    void error(std::string_view event, Fields fields = {}) {
        write(LogLevel::error, event, fields);
    }

    void set_level(LogLevel level) { level_ = level; }
    LogLevel level() const { return level_; }

private:
    void write(LogLevel level, std::string_view event, Fields fields);
    bool put(std::string line);

    const Clock& clock_;
    std::string source_;
    LogLevel level_;
    LogFormat format_;
    int fd_;
    std::uint64_t lost_ = 0;
};

// The line without its newline, as `Log` writes it. Pure.
std::string format_log_line(WallTime time, LogLevel level, LogFormat format,
                            std::string_view source, std::string_view event,
                            std::initializer_list<LogField> fields);

}  // namespace posta
