#include "common/base/text_table.h"

#include <algorithm>
#include <cstddef>

namespace posta {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

// The length of the UTF-8 sequence at `at`, or 0 when there is no valid one.
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const unsigned char lead = byte_at(text, at);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte_at(text, at + i) & 0xC0) != 0x80) return 0;
    const unsigned char second = byte_at(text, at + 1);
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool surrogate = lead == 0xED && second >= 0xA0;
    const bool too_high = lead == 0xF4 && second >= 0x90;
    return overlong || surrogate || too_high ? 0 : length;
}

bool is_control(std::string_view text, std::size_t at, std::size_t length) {
    const unsigned char lead = byte_at(text, at);
    if (length == 1) return lead < 0x20 || lead == 0x7F;
    return length == 2 && lead == 0xC2 && byte_at(text, at + 1) < 0xA0;  // C1
}

void append_escaped(std::string& out, unsigned char byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += "\\x";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0x0F];
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = sequence_length(text, at);
        const std::size_t taken = length == 0 ? 1 : length;
        if (length == 0 || is_control(text, at, length)) {
            for (std::size_t i = 0; i < taken; ++i) append_escaped(out, byte_at(text, at + i));
        } else {
            out += text.substr(at, length);
        }
        at += taken;
    }
    return out;
}

std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char character) {
        return (static_cast<unsigned char>(character) & 0xC0) != 0x80;
    }));
}

std::string TextTable::text() const {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::size_t> widths;
    for (const std::vector<std::string>& cells : rows_) {
        std::vector<std::string>& row = rows.emplace_back();
        widths.resize(std::max(widths.size(), cells.size()));
        for (std::size_t column = 0; column < cells.size(); ++column) {
            row.push_back(printable(cells[column]));
            widths[column] = std::max(widths[column], display_width(row.back()));
        }
    }
    std::string out;
    for (const std::vector<std::string>& row : rows) {
        std::string line;
        std::size_t end = 0;  // where the next column begins
        for (std::size_t column = 0; column < row.size(); ++column) {
            if (!row[column].empty()) {
                line.append(end - display_width(line), ' ');
                line += row[column];
            }
            end += widths[column] + 2;
        }
        out += line + "\n";
    }
    return out;
}

}  // namespace posta
