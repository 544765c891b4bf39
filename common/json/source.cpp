#include "common/json/source.h"

#include <algorithm>
#include <cstddef>

namespace posta::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::string_view kOfNumbers = "+-.eE0123456789";

// One or more digits from `at`; the position after them, or `at` when there is none.
std::size_t after_digits(std::string_view text, std::size_t at) {
    while (at < text.size() && is_digit(text[at])) ++at;
    return at;
}

// Where the number that begins at `start` ends (RFC 8259 section 6); 0 when it is not well formed.
std::size_t end_of_number(std::string_view text, std::size_t start) {
    const auto at = [text](std::size_t index) { return index < text.size() ? text[index] : '\0'; };

    std::size_t here = start;
    if (at(here) == '-') ++here;
    const std::size_t whole = here;
    here = at(here) == '0' ? here + 1 : after_digits(text, here);
    if (here == whole) return 0;
    if (at(here) == '.') {
        const std::size_t fraction = here + 1;
        here = after_digits(text, fraction);
        if (here == fraction) return 0;
    }
    if (at(here) == 'e' || at(here) == 'E') {
        const std::size_t sign = here + 1;
        const std::size_t exponent = at(sign) == '+' || at(sign) == '-' ? sign + 1 : sign;
        here = after_digits(text, exponent);
        if (here == exponent) return 0;
    }
    // What follows must not be able to go on as a number after the `0` that the reader sees.
    const char next = at(here);
    return is_digit(next) || next == '.' || next == 'e' || next == 'E' ? 0 : here;
}

// The position after the string whose opening quote stands at `quote`.
std::size_t after_string(std::string_view text, std::size_t quote) {
    std::size_t here = quote + 1;
    while (here < text.size() && text[here] != '"') here += text[here] == '\\' ? 2 : 1;
    return std::min(here + 1, text.size());
}

// Only where a number can begin: not in the middle of one that was found to be malformed.
bool may_begin_number(std::string_view text, std::size_t at) {
    if (text[at] != '-' && !is_digit(text[at])) return false;
    return at == 0 || kOfNumbers.find(text[at - 1]) == std::string_view::npos;
}

// A copy of the text with a `0` for each number.
std::string with_numbers_hidden(std::string_view text) {
    std::string copy(text);
    for (std::size_t here = 0; here < text.size();) {
        if (text[here] == '"') {
            here = after_string(text, here);
            continue;
        }
        const std::size_t end = may_begin_number(text, here) ? end_of_number(text, here) : 0;
        if (end == 0) {
            ++here;
            continue;
        }
        copy[here] = '0';
        std::fill(copy.begin() + static_cast<std::ptrdiff_t>(here) + 1,
                  copy.begin() + static_cast<std::ptrdiff_t>(end), ' ');
        here = end;
    }
    return copy;
}

}  // namespace

Source::Source(std::string_view text)
    : copy_(with_numbers_hidden(text)), here_(copy_.data()), decoded_(copy_.data()) {}

}  // namespace posta::json
