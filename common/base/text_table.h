#pragma once
// Rows as aligned text for a terminal. Pure.
//
// Cells may come from strangers (a device names itself when it redeems an invite), so control
// characters are shown as escapes and cannot move the cursor or recolour the screen.

#include <string>
#include <string_view>
#include <vector>

namespace posta {

class TextTable {
public:
    explicit TextTable(std::vector<std::string> headings) { rows_.push_back(std::move(headings)); }

    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

    // The headings and rows, two spaces between columns, none at the end of a line, a newline
    // after each.
    std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

// Control characters (C0, DEL, C1) and bytes that are not UTF-8 as `\x1b`; the rest unchanged.
std::string printable(std::string_view text);

// How many columns a terminal uses, every character counted as one.
std::size_t display_width(std::string_view text);

}  // namespace posta
