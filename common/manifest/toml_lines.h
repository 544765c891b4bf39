#pragma once
// What each line of a TOML text is, so that the text can be edited without writing it anew.
//
// Knows strings, comments and brackets just well enough not to take a `#`, a `[` or a line end
// inside a value for the end of it. Meaningful for valid TOML only. Pure.

#include <string_view>
#include <vector>

namespace posta::manifest {

enum class LineKind {
    blank,
    comment,
    header,        // [table] or [[table]]
    key,           // where a key and its value begin
    continuation,  // of the value that began above
};

struct TomlLine {
    std::string_view text;  // with its line end
    LineKind kind;
};

std::vector<TomlLine> toml_lines(std::string_view text);

constexpr int kDeepestNesting = 32;  // no manifest needs more than 3

// The first line where values stand in values, or keys have dotted parts, more than kDeepestNesting
// deep; 0 when there is none. Also for text that is no TOML: a reader that descends into each of
// them runs out of stack.
int too_deep_line(std::string_view text);

}  // namespace posta::manifest
