#pragma once
// Heads of HTTP/1.1 messages as values, after they have been accepted.
//
// What we accept is decided here in common/http once, for front and worker, so that the two cannot
// disagree (architecture.md). A head is made by the parsers of head_parser.h only.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posta::http {

constexpr std::size_t kMaxHeadBytes = 16 * 1024;
constexpr std::size_t kMaxFields = 100;

// Names in any case; both views point into the message's bytes.
struct Field {
    std::string_view name;
    std::string_view value;  // without surrounding white space
    // The whole line with its CRLF, for forwarding byte for byte.
    std::string_view line;
};

// Compares ASCII letters without case.
bool equal_names(std::string_view a, std::string_view b);

enum class BodyKind { none, length, chunked, until_close };

struct Framing {
    BodyKind kind = BodyKind::none;
    std::uint64_t length = 0;  // for BodyKind::length
};

struct RequestHead {
    std::string_view method;
    std::string_view target;  // as it stands in the request line
    std::string_view path;    // of the target, without the query; "*" for OPTIONS *
    std::string_view query;   // without the '?'
    int minor_version = 1;    // HTTP/1.0 or 1.1
    std::string host;         // canonical (host_name.h), from the absolute target or the Host field
    std::vector<Field> fields;
    Framing framing;
    bool keep_alive = true;  // what the client asks for; the answer may still say no
    bool expects_continue = false;
    bool wants_upgrade = false;  // Upgrade with Connection: upgrade, and not h2c

    // The value of the only field of that name; nothing when absent or repeated.
    std::optional<std::string_view> only(std::string_view name) const;
    // The first such field; empty when absent.
    std::string_view first(std::string_view name) const;
    std::size_t count(std::string_view name) const;
};

struct ResponseHead {
    int status = 0;
    std::string_view reason;
    int minor_version = 1;
    std::vector<Field> fields;
    Framing framing;  // takes the request's method into account
    bool keep_alive = true;
};

}  // namespace posta::http
