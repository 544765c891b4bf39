#pragma once
// The text as RapidJSON's reader gets it: a copy in which it decodes strings in place, and which
// ends with a zero byte.
//
// The reader refuses numbers that a double cannot hold, while a payload keeps its numbers as they
// are spelled. So the grammar of each number is checked here, and the reader sees a `0` and spaces
// in its place; a number that is not well formed is left as it is, and refused by the reader with
// the reader's reason. Everything else stands where it stood: positions are those of the text.

#include <cstddef>
#include <string>
#include <string_view>

namespace posta::json {

class Source {
public:
    using Ch = char;

    // `text` must not hold a zero byte: the reader would take it for the end.
    explicit Source(std::string_view text);
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    Ch Peek() const { return *here_; }
    Ch Take() { return *here_++; }
    std::size_t Tell() const { return static_cast<std::size_t>(here_ - copy_.data()); }

    // Strings are decoded into where they stand: they never become longer.
    Ch* PutBegin() { return decoded_ = here_; }
    void Put(Ch character) { *decoded_++ = character; }
    std::size_t PutEnd(const Ch* begin) { return static_cast<std::size_t>(decoded_ - begin); }
    void Flush() {}

private:
    std::string copy_;
    Ch* here_;
    Ch* decoded_;
};

}  // namespace posta::json
