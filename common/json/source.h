#pragma once
// The text as RapidJSON's reader sees it: a stream that ends with a zero byte.
//
// The reader refuses numbers that a double cannot hold, while a payload keeps its numbers as they
// are spelled. So this source checks the grammar of each number itself and shows the reader a
// single `0` in its place; a number that is not well formed is shown as it is, and refused by the
// reader with the reader's reason.

#include <cstddef>
#include <string_view>

namespace posta::json {

class Source {
public:
    using Ch = char;

    // `text` must not hold a zero byte: the reader would take it for the end.
    explicit Source(std::string_view text) : text_(text) { look_for_number(); }

    Ch Peek() const {
        if (number_end_ != 0) return '0';
        return here_ < text_.size() ? text_[here_] : '\0';
    }
    Ch Take();
    std::size_t Tell() const { return here_; }

    // For parsing in place, which is not done here.
    Ch* PutBegin() { return nullptr; }
    void Put(Ch) {}
    void Flush() {}
    std::size_t PutEnd(Ch*) { return 0; }

private:
    void look_for_number();

    std::string_view text_;
    std::size_t here_ = 0;
    std::size_t number_end_ = 0;  // not 0: a well-formed number stands here and ends there
    bool in_string_ = false;
    bool escaped_ = false;  // the character before this one was a backslash in a string
};

}  // namespace posta::json
