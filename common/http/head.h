#pragma once
// Heads of HTTP/1.1 messages as values, after they have been accepted.
//
// What we accept is decided here in common/http once, for front and worker, so that the two cannot
// disagree (architecture.md). A head is made by the parsers of head_parser.h only.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/field_name.h"

namespace posta::http {

constexpr std::size_t kMaxHeadBytes = 16 * 1024;  // with the final empty line
constexpr std::size_t kMaxFields = 100;

// How far an operator may move these.
constexpr std::size_t kLeastHeadBytes = 1024;
constexpr std::size_t kMostHeadBytes = 64 * 1024;
constexpr std::size_t kLeastFields = 16;
constexpr std::size_t kMostFields = 1000;

struct HeadLimits {
    std::size_t bytes = kMaxHeadBytes;
    std::size_t fields = kMaxFields;

    bool operator==(const HeadLimits&) const = default;
};

// What a worker takes from the front: the front adds fields of its own, and whatever its limits
// are, a request that it passed must not be refused behind it.
constexpr HeadLimits kBehindFrontLimits{kMostHeadBytes + 2048, kMostFields + 8};
// What the front takes from a worker.
constexpr HeadLimits kResponseLimits{2 * kMaxHeadBytes, 2 * kMaxFields};

// Names in any case; both views point into the message's bytes.
struct Field {
    explicit Field(std::string_view name_given) : Field(name_given, {}, {}) {}
    Field(std::string_view name_given, std::string_view value_given, std::string_view line_given)
        : name(name_given), value(value_given), line(line_given), known(field_name(name_given)) {}

    std::string_view name;
    std::string_view value;  // without surrounding white space
    // The whole line with its CRLF, for forwarding byte for byte.
    std::string_view line;
    FieldName known;  // the name again
};

// Of the same length: compares ASCII letters without case.
bool equal_letters(std::string_view a, std::string_view b);
// Compares ASCII letters without case.
inline bool equal_names(std::string_view a, std::string_view b) {
    return a.size() == b.size() && equal_letters(a, b);
}

// Takes the next member off a comma-separated list, white space stripped; empty members are
// skipped. Nothing at the end. Not for lists whose members may be quoted.
std::optional<std::string_view> next_member(std::string_view& list);

// A non-empty token (RFC 9110 section 5.6.2).
bool is_token(std::string_view text);

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
    // Canonical (host_name.h), from the absolute target or the Host field; empty only for HTTP/1.0
    // without either.
    std::string host;
    std::vector<Field> fields;
    Framing framing;
    bool keep_alive = true;         // what the client asks for; the answer may still say no
    bool expects_continue = false;  // and has a body to wait with
    bool wants_upgrade = false;     // Upgrade with Connection: upgrade; never h2c
    bool lists_fields = false;      // Connection lists what may be the name of a field

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
    bool lists_fields = false;      // Connection lists what may be the name of a field
    std::string_view content_type;  // the first one; empty when absent

    std::string_view first(std::string_view name) const;
    std::size_t count(std::string_view name) const;
};

// Why a message is not accepted.
struct Fault {
    int status = 400;         // 400, 414, 417, 431, 501, 505
    std::string_view reason;  // a literal, for the log and the answer: "a bare CR in the head"
};

}  // namespace posta::http
