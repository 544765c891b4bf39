#pragma once
// The chunked transfer coding (RFC 9112 section 7.1), read strictly. Pure.
//
// Only CRLF ends a line; sizes are at most 15 hexadecimal digits without sign or white space. Chunk
// extensions are passed on but held to their grammar (chunk_extension.h) and bounded: 128 bytes a
// line, 4 KiB a message. The last chunk with its trailer section is handed out in one piece, once
// it has been seen whole and vetted: a trailer must not carry what decides framing, routing,
// identity or rights.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/http/chunk_extension.h"
#include "common/http/head_scanner.h"

namespace posta::http {

class ChunkedBody {
public:
    enum class Verdict { need_more, piece, complete, fault };

    struct Piece {
        Verdict verdict;        // piece and complete: wire may be forwarded
        std::string_view wire;  // lives until the next call or the next bytes
        std::string_view data;
    };

    void restart();
    Piece read(std::string_view& rest);
    const char* fault_reason() const { return fault_reason_; }
    // The last chunk could stand here.
    bool between_chunks() const { return state_ == State::size_start; }

private:
    enum class State { size_start, size, extension, size_lf, data, data_cr, data_lf, trailers };

    // Takes one byte of the framing between the data; false: not allowed there.
    bool take_framing(char c);
    Piece read_trailers(std::string_view& rest, std::string_view framing);
    Piece fault(const char* reason);

    State state_ = State::size_start;
    std::uint64_t size_ = 0;  // of the chunk; then what is left of it
    int digits_ = 0;
    ChunkExtensions extensions_;
    int line_extension_bytes_ = 0;
    int extension_bytes_ = 0;
    HeadScanner scanner_;
    std::string trailers_;  // the section so far, when it comes in several reads
    const char* fault_reason_ = "";
};

}  // namespace posta::http
