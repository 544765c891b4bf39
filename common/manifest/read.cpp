#include "common/manifest/read.h"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <toml.hpp>
#include <vector>

#include "common/base/file.h"
#include "common/base/text_table.h"
#include "common/manifest/check.h"
#include "common/manifest/document.h"
#include "common/manifest/fields.h"
#include "common/manifest/toml_lines.h"

namespace posta::manifest {
namespace {

// The one difference between toml11 3.7 (Debian 12) and 4.x (Alpine) that matters here.
#if TOML11_VERSION_MAJOR >= 4
class Lines {
public:
    explicit Lines(const toml::value&) {}
    int of(const toml::value& value) const {
        return static_cast<int>(value.location().first_line_number());
    }
};
#else
// Where the lines of the document end, so that a value's line is looked up. What 3.7 tells of a
// value's location it counts from the document's beginning, for each value anew.
class Lines {
public:
    explicit Lines(const toml::value& root) {
        const toml::detail::region* document = region_of(root);
        if (document == nullptr) return;
        for (auto at = document->begin(); at != document->end(); ++at)
            if (*at == '\n') ends_.push_back(at - document->begin());
    }

    int of(const toml::value& value) const {
        const toml::detail::region* region = region_of(value);
        if (region == nullptr) return 1;
        const auto ends_before =
            std::lower_bound(ends_.begin(), ends_.end(), region->first() - region->begin());
        return 1 + static_cast<int>(ends_before - ends_.begin());
    }

private:
    static const toml::detail::region* region_of(const toml::value& value) {
        return dynamic_cast<const toml::detail::region*>(toml::detail::get_region(value));
    }

    std::vector<std::ptrdiff_t> ends_;  // ascending
};
#endif

Node node_from(const toml::value& value, const Lines& lines) {
    Node node;
    node.line = lines.of(value);
    if (value.is_boolean()) {
        node.kind = Node::Kind::boolean;
        node.boolean = value.as_boolean();
    } else if (value.is_integer()) {
        node.kind = Node::Kind::integer;
        node.integer = value.as_integer();
    } else if (value.is_string()) {
        node.kind = Node::Kind::string;
        node.string = toml::get<std::string>(value);
    } else if (value.is_array()) {
        node.kind = Node::Kind::list;
        for (const auto& element : value.as_array())
            node.elements.push_back(node_from(element, lines));
    } else if (value.is_table()) {
        node.kind = Node::Kind::table;
        for (const auto& [name, member] : value.as_table())
            node.members.push_back({name, node_from(member, lines)});
        std::stable_sort(node.members.begin(), node.members.end(),
                         [](const Node::Member& left, const Node::Member& right) {
                             return std::pair(left.value.line, left.name) <
                                    std::pair(right.value.line, right.name);
                         });
    }
    return node;
}

// toml11 reports over several lines: "[error] toml::parse_value: what was wrong", an arrow with the
// file, then the source with " 12 | " in front. We keep the sentence and the number.
Complaint complaint_from(std::string_view report) {
    std::string_view sentence = report.substr(0, report.find('\n'));
    if (sentence.starts_with("[error] ")) sentence.remove_prefix(8);
    const std::size_t function_end = sentence.find(": ");
    if (sentence.starts_with("toml::") && function_end != std::string_view::npos)
        sentence.remove_prefix(function_end + 2);

    Complaint complaint{0, "", "not valid TOML: " + printable(sentence)};
    for (std::size_t end = report.find('\n'); end != std::string_view::npos;
         end = report.find('\n', end)) {
        ++end;
        std::size_t at = report.find_first_not_of(' ', end);
        int line = 0;
        while (at < report.size() && report[at] >= '0' && report[at] <= '9' && line < 100'000'000)
            line = line * 10 + (report[at++] - '0');
        if (line > 0 && report.substr(at).starts_with(" |")) {
            complaint.line = line;
            break;
        }
    }
    return complaint;
}

}  // namespace

Result<Node, Complaint> parse_document(std::string_view text) {
    if (const int line = too_deep_line(text); line != 0)
        return Complaint{line, "",
                         "nested too deeply: more than " + std::to_string(kDeepestNesting) +
                             " levels of brackets or of dots in a key (3 are enough for every key "
                             "of a manifest; is this another file?)"};
    std::istringstream stream{std::string(text)};
    try {
        const toml::value root = toml::parse(stream, "manifest");
        return node_from(root, Lines(root));
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& refused) {  // syntax errors; std::out_of_range for numbers
        return complaint_from(refused.what());
    }
}

Result<Manifest, Complaints> read_text(std::string_view text, const std::string& path) {
    Result<Node, Complaint> root = parse_document(text);
    if (!root) return Complaints{std::move(root).error()};
    Complaints complaints;
    Manifest manifest = manifest_from(*root, complaints);
    manifest.path = path;
    check(manifest, *root, complaints);
    if (complaints.empty()) return manifest;
    std::stable_sort(
        complaints.begin(), complaints.end(),
        [](const Complaint& left, const Complaint& right) { return left.line < right.line; });
    return complaints;
}

Result<Manifest, Complaints> read(const std::string& path) {
    const Result<std::string> text = read_file(path, kMaxManifestBytes);
    if (!text) return Complaints{Complaint{0, "", text.error().message}};
    return read_text(*text, path);
}

}  // namespace posta::manifest
