#include "common/base/log.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>

#include "common/base/check.h"
#include "common/base/log_line.h"
#include "common/base/rfc3339.h"
#include "common/base/utf8.h"

namespace posta {

namespace {

constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warn", "error"};

// Also of the terminal that shows the log: C1 controls, which are two bytes in UTF-8.
bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return first < 0x20 || first == 0x7f;
    return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

// One event is one line of UTF-8, whatever a peer put into a value.
void append_escaped(std::string& line, std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_character_length(text);
        const std::string_view character = text.substr(0, length == 0 ? 1 : length);
        text.remove_prefix(character.size());
        if (length == 0) {
            line += "\\ufffd";
        } else if (is_control(character)) {
            std::array<char, 7> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x",
                          static_cast<unsigned char>(character.back()));
            line += escape.data();
        } else {
            if (character == "\"" || character == "\\") line += '\\';
            line += character;
        }
    }
}

bool needs_quotes(std::string_view value) {
    if (value.empty()) return true;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7f || c == '"' || c == '\\' || c == '=') return true;
    }
    return false;
}

// At most so many bytes, and no part of a character.
void cut_at_character(std::string& line, std::size_t bytes) {
    if (line.size() <= bytes) return;
    while (bytes > 0 && (static_cast<unsigned char>(line[bytes]) & 0xc0) == 0x80) --bytes;
    line.resize(bytes);
}

// What a disk that is full took of a line: the next would be glued to it. Only while nobody has
// written behind it, and never from a pipe or a terminal.
void take_back(int fd, off_t bytes) {
    struct stat file {};
    const off_t end = ::lseek(fd, 0, SEEK_CUR);  // where the write left it, also with O_APPEND
    if (end < bytes || ::fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || file.st_size != end)
        return;
    if (::ftruncate(fd, end - bytes) == 0) ::lseek(fd, end - bytes, SEEK_SET);
}

void append_json_member(std::string& line, std::string_view name, std::string_view value) {
    line += line.size() == 1 ? "\"" : ",\"";
    append_escaped(line, name);
    line += "\":\"";
    append_escaped(line, value);
    line += '"';
}

}  // namespace

std::optional<LogLevel> log_level_from(std::string_view name) {
    for (std::size_t at = 0; at < kLevelNames.size(); ++at)
        if (kLevelNames[at] == name) return static_cast<LogLevel>(at);
    return std::nullopt;
}

std::string_view name_of(LogLevel level) { return kLevelNames[static_cast<std::size_t>(level)]; }

std::string format_log_entry(const LogEntry& entry, LogFormat format) {
    std::string line;
    if (format == LogFormat::json) {
        line = "{";
        append_json_member(line, "time", format_time(entry.time));
        append_json_member(line, "level", name_of(entry.level));
        append_json_member(line, "source", entry.source);
        append_json_member(line, "event", entry.event);
        for (const LogField& field : entry.fields)
            append_json_member(line, field.name, field.value);
        return line + "}";
    }
    line = format_time(entry.time) + " ";
    line.append(name_of(entry.level)).append(" ").append(entry.source).append(": ");
    append_escaped(line, entry.event);
    for (const LogField& field : entry.fields) {
        line += " " + std::string(field.name) + "=";
        if (needs_quotes(field.value)) {
            line += '"';
            append_escaped(line, field.value);
            line += '"';
        } else {
            line += field.value;
        }
    }
    return line;
}

std::string bounded_log_line(const LogEntry& entry, LogFormat format) {
    constexpr std::string_view kMark = " [cut]";
    std::string line = format_log_entry(entry, format);
    if (line.size() >= PIPE_BUF && format == LogFormat::text) {
        cut_at_character(line, PIPE_BUF - 1 - kMark.size());
        line += kMark;
    } else if (line.size() >= PIPE_BUF) {
        // JSON that is cut is no JSON any more: what there is of it goes into a member.
        cut_at_character(line, PIPE_BUF / 3);
        const std::array<LogField, 1> beginning{{{"line", line}}};
        line = format_log_entry({entry.time, entry.level, entry.source, "cut", beginning}, format);
    }
    return line + "\n";
}

bool write_log_line(int fd, std::string_view line) {
    pollfd room{fd, POLLOUT, 0};
    if (::poll(&room, 1, 0) <= 0) return false;
    ssize_t written = 0;
    do {
        written = ::write(fd, line.data(), line.size());
    } while (written < 0 && errno == EINTR);
    if (written < 0) return false;
    if (static_cast<std::size_t>(written) == line.size()) return true;
    take_back(fd, written);
    return false;
}

std::string format_log_line(WallTime time, LogLevel level, LogFormat format,
                            std::string_view source, std::string_view event,
                            std::initializer_list<LogField> fields) {
    return format_log_entry({time, level, source, event, {fields.begin(), fields.size()}}, format);
}

Log::Log(const Clock& clock, std::string source, LogLevel level, LogFormat format, int fd)
    : clock_(clock), source_(std::move(source)), level_(level), format_(format), fd_(fd) {}

void Log::write(LogLevel level, std::string_view event, Fields fields) {
    if (level < level_) return;
    const auto line = [this](LogLevel at, std::string_view what, Fields more) {
        return bounded_log_line({clock_.now(), at, source_, what, {more.begin(), more.size()}},
                                format_);
    };
    if (lost_ > 0 && !put(line(LogLevel::warn, "log lines were lost", {{"count", lost_}}))) {
        ++lost_;
        return;
    }
    lost_ = put(line(level, event, fields)) ? 0 : 1;
}

bool Log::put(std::string line) { return write_log_line(fd_, line); }

}  // namespace posta
