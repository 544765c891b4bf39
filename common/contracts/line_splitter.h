#pragma once
// Cuts a stream of bytes into lines, with a bound on what is kept.
//
// For channels and control sockets: whoever writes may send half lines, many at once, or one that
// never ends. What is over the bound is dropped while it arrives: the line comes out cut, and
// too_long() tells the reader at once. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace posta::contracts {

class LineSplitter {
public:
    explicit LineSplitter(std::size_t max_line_bytes) : max_line_bytes_(max_line_bytes) {}

    void add(std::string_view bytes);
    // The next whole line, without its newline; nothing when more bytes are needed.
    std::optional<std::string> next();
    // True once any line, finished or not, has been longer than the bound. It stays true.
    bool too_long() const { return too_long_; }

    // What has come of a line whose end has not.
    std::string unfinished() const { return kept_.substr(taken_); }

private:
    std::size_t max_line_bytes_;
    std::string kept_;
    std::size_t taken_ = 0;       // of kept_, by next()
    std::size_t line_bytes_ = 0;  // of the unfinished line, those that were not kept included
    bool too_long_ = false;
};

}  // namespace posta::contracts
