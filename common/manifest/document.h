#pragma once
// A TOML document as plain values with line numbers: what stands between the TOML library, whose
// versions differ, and the meaning of the keys. Pure values.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/manifest/complaint.h"

namespace posta::manifest {

struct Node {
    enum class Kind { boolean, integer, string, list, table, other };
    struct Member;

    Kind kind = Kind::other;
    int line = 0;  // where the value begins; a table's header
    bool boolean = false;
    std::int64_t integer = 0;
    std::string string;
    std::vector<Node> elements;
    std::vector<Member> members;

    const Node* find(std::string_view name) const;
};

// Not a std::pair: clang looks into one while Node is still incomplete.
struct Node::Member {
    std::string name;
    Node value;
};

// For people: `"open"`, `12`, `true`, "a list", "a table", "a date or fraction".
std::string describe(const Node& node);

// The document's root table, or the complaint about its syntax.
Result<Node, Complaint> parse_document(std::string_view text);

}  // namespace posta::manifest
