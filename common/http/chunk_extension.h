#pragma once
// What may stand between a chunk's size and its CRLF (RFC 9112 section 7.1.1): names and values,
// read byte by byte. Pure.
//
//   *( ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )
//
// Nobody here uses extensions; they are passed on. But servers differ about where a line with a
// malformed one ends, and that difference smuggles requests. Printable ASCII only, also in quotes.

namespace posta::http {

class ChunkExtensions {
public:
    // After the ';' that follows the size.
    void begin() { state_ = State::before_name; }
    // One byte further, CR excepted; false: not allowed there.
    bool take(char c);
    // The line may end here.
    bool complete() const;

private:
    enum class State {
        before_name,
        name,
        after_name,
        before_value,
        token,
        quoted,
        escape,
        closed,
        after_value
    };

    State state_ = State::before_name;
};

}  // namespace posta::http
