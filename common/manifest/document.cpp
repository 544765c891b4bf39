#include "common/manifest/document.h"

#include "common/base/text_table.h"

namespace posta::manifest {

const Node* Node::find(std::string_view name) const {
    for (const Member& member : members)
        if (member.name == name) return &member.value;
    return nullptr;
}

std::string describe(const Node& node) {
    switch (node.kind) {
        case Node::Kind::boolean:
            return node.boolean ? "true" : "false";
        case Node::Kind::integer:
            return std::to_string(node.integer);
        case Node::Kind::string:
            return "\"" + printable(node.string) + "\"";
        case Node::Kind::list: {
            std::string elements;
            for (const Node& element : node.elements)
                elements += (elements.empty() ? "" : ", ") + describe(element);
            return "[" + elements + "]";
        }
        case Node::Kind::table:
            return "a table";
        case Node::Kind::other:
            return "a date or a fraction";
    }
    CHECK(false);
}

}  // namespace posta::manifest
