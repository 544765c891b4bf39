#pragma once
// Strict JSON (RFC 8259) with byte positions, so that a value can be kept exactly as it was sent.
//
// Refused, beyond bad grammar (wire.md section 1): invalid UTF-8 (a byte order mark too), unpaired
// surrogate escapes, a duplicate key in any object (compared after decoding), nesting deeper than
// 32, bytes after the value, an empty text. A scalar has depth 0, `[]` depth 1. Numbers are checked
// for grammar and kept as they are spelled, however large. parse.cpp is the only user of the JSON
// library.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"

namespace posta::json {

constexpr int kMaxDepth = 32;

enum class Kind { null, boolean, number, string, array, object };

// Never changes once parsed; copies share what is inside.
class Value {
public:
    using Member = std::pair<std::string, Value>;

    Kind kind() const { return kind_; }
    // Exactly the bytes of this value in the parsed text, which must still be alive.
    std::string_view raw() const { return raw_; }

    // Each of these is absent when the value has another kind.
    std::optional<bool> boolean() const;
    std::optional<std::string_view> string() const;
    // Absent also for fractions, exponents and what does not fit.
    std::optional<std::int64_t> integer() const;
    // In the order of the text; empty for another kind.
    const std::vector<Value>& elements() const;
    const std::vector<Member>& members() const;
    // The member of that name, or null.
    const Value* find(std::string_view name) const;

private:
    friend class Builder;
    struct Inside;

    Kind kind_ = Kind::null;
    bool boolean_ = false;
    std::string string_;
    std::string_view raw_;
    std::shared_ptr<const Inside> inside_;  // of an array or an object
};

struct Fault {
    std::size_t offset = 0;  // in bytes
    std::string reason;      // "duplicate key \"id\""
};

// A value takes 36 times the memory of the two bytes of a `0,`: whoever takes long texts of
// strangers says how many values one may have.
Result<Value, Fault> parse(std::string_view text,
                           std::size_t most_values = std::numeric_limits<std::size_t>::max());

}  // namespace posta::json
