#include "common/manifest/toml_lines.h"

#include <algorithm>
#include <cstddef>

namespace posta::manifest {
namespace {

// Carries what is open from one line to the next.
class Scanner {
public:
    bool is_inside_value() const { return depth_ > 0 || !quote_.empty(); }

    // Values in values, or parts of a key, to this depth.
    bool too_deep() const { return std::max(depth_, dots_) > kDeepestNesting; }

    void read(std::string_view line) {
        dots_ = 0;
        for (std::size_t at = 0; at < line.size();) {
            if (!quote_.empty())
                at += inside_string(line, at);
            else if (line[at] == '#')
                return;
            else
                at += outside_string(line, at);
            if (too_deep()) return;
        }
        if (quote_.size() == 1) quote_ = {};  // such strings end with their line
    }

private:
    std::size_t outside_string(std::string_view line, std::size_t at) {
        const std::string_view rest = line.substr(at);
        for (const std::string_view quote : {"\"\"\"", "'''", "\"", "'"}) {
            if (!rest.starts_with(quote)) continue;
            quote_ = quote;
            return quote.size();
        }
        if (rest[0] == '.') ++dots_;
        if (rest[0] == '=' || rest[0] == ',') dots_ = 0;
        if (rest[0] == '[' || rest[0] == '{') ++depth_;
        if ((rest[0] == ']' || rest[0] == '}') && depth_ > 0) --depth_;
        return 1;
    }

    std::size_t inside_string(std::string_view line, std::size_t at) {
        const std::string_view rest = line.substr(at);
        if (rest[0] == '\\' && quote_[0] == '"') return 2;
        if (!rest.starts_with(quote_)) return 1;
        std::size_t length = quote_.size();
        // Up to two quotes may stand directly before the closing three.
        while (length >= 3 && length < 5 && rest.size() > length && rest[length] == quote_[0])
            ++length;
        quote_ = {};
        return length;
    }

    int depth_ = 0;
    int dots_ = 0;  // since a key began
    std::string_view quote_;
};

LineKind kind_of(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return LineKind::blank;
    if (line[first] == '#') return LineKind::comment;
    return line[first] == '[' ? LineKind::header : LineKind::key;
}

}  // namespace

int too_deep_line(std::string_view text) {
    Scanner scanner;
    for (int number = 1; !text.empty(); ++number) {
        const std::size_t newline = std::min(text.find('\n'), text.size() - 1);
        scanner.read(text.substr(0, newline + 1));
        if (scanner.too_deep()) return number;
        text.remove_prefix(newline + 1);
    }
    return 0;
}

std::vector<TomlLine> toml_lines(std::string_view text) {
    std::vector<TomlLine> lines;
    Scanner scanner;
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    std::size_t skipped = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    while (!text.empty()) {
        const std::size_t newline = text.find('\n');
        const std::string_view line =
            newline == std::string_view::npos ? text : text.substr(0, newline + 1);
        const LineKind kind =
            scanner.is_inside_value() ? LineKind::continuation : kind_of(line.substr(skipped));
        scanner.read(line);
        lines.push_back({line, kind});
        text.remove_prefix(line.size());
        skipped = 0;
    }
    return lines;
}

}  // namespace posta::manifest
