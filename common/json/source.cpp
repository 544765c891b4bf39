#include "common/json/source.h"

namespace posta::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

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

}  // namespace

Source::Ch Source::Take() {
    const Ch taken = Peek();
    if (number_end_ != 0) {
        here_ = number_end_;
        number_end_ = 0;
        return taken;
    }
    if (here_ == text_.size()) return taken;
    ++here_;
    if (in_string_) {
        if (taken == '"' && !escaped_) in_string_ = false;
        escaped_ = taken == '\\' && !escaped_;
    } else if (taken == '"') {
        in_string_ = true;
    }
    if (!in_string_) look_for_number();
    return taken;
}

// Only where a number can begin: not in the middle of one that was found to be malformed.
void Source::look_for_number() {
    if (here_ == text_.size()) return;
    if (text_[here_] != '-' && !is_digit(text_[here_])) return;
    if (here_ > 0 &&
        std::string_view("+-.eE0123456789").find(text_[here_ - 1]) != std::string_view::npos) {
        return;
    }
    number_end_ = end_of_number(text_, here_);
}

}  // namespace posta::json
