#include "common/manifest/edit.h"

#include <vector>

#include "common/manifest/read.h"
#include "common/manifest/toml_lines.h"

namespace posta::manifest {
namespace {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char character : text) {
        if (character == '"' || character == '\\') out += '\\';
        out += character;
    }
    return out + "\"";
}

std::string_view line_end_of(std::string_view text) {
    const std::size_t newline = text.find('\n');
    return newline != std::string_view::npos && newline > 0 && text[newline - 1] == '\r' ? "\r\n"
                                                                                         : "\n";
}

// The lines [first, last) that belong to the table whose header is lines[header].
struct Block {
    std::size_t first;
    std::size_t last;
};

Block block_around(const std::vector<TomlLine>& lines, std::size_t header) {
    Block block{header, header + 1};
    while (block.first > 0 && lines[block.first - 1].kind == LineKind::comment) --block.first;
    for (std::size_t i = header + 1; i < lines.size() && lines[i].kind != LineKind::header; ++i)
        if (lines[i].kind == LineKind::key || lines[i].kind == LineKind::continuation)
            block.last = i + 1;
    // A blank line on both sides: one goes with the table.
    const bool blank_before = block.first == 0 || lines[block.first - 1].kind == LineKind::blank;
    if (blank_before && block.last < lines.size() && lines[block.last].kind == LineKind::blank)
        ++block.last;
    return block;
}

}  // namespace

Result<FileLock> lock_manifest(const std::string& manifest_path) {
    return FileLock::on_file(manifest_path + ".lock");
}

std::string with_identity_added(std::string_view text, std::string_view slug,
                                std::string_view url) {
    const std::string end(line_end_of(text));
    std::string out(text);
    if (!out.empty() && !out.ends_with('\n')) out += end;
    if (!out.empty()) out += end;
    out += "[[identity]]" + end;
    out += "slug = " + quoted(slug) + end;
    out += "url = " + quoted(url) + end;
    return out;
}

Result<std::string> with_identity_removed(std::string_view text, std::string_view slug) {
    const Result<Manifest, Complaints> manifest = read_text(text, "manifest");
    if (!manifest) return Error{ErrorCode::invalid, describe(manifest.error(), "manifest")};
    const Identity* identity = manifest->find(slug);
    if (!identity) return Error{ErrorCode::not_found, "no identity \"" + std::string(slug) + "\""};

    const std::vector<TomlLine> lines = toml_lines(text);
    const std::size_t header = static_cast<std::size_t>(identity->line) - 1;
    if (header >= lines.size() || lines[header].kind != LineKind::header)
        return Error{ErrorCode::invalid, "line " + std::to_string(identity->line) +
                                             " does not begin an [[identity]] table; edit the "
                                             "manifest by hand"};
    const Block block = block_around(lines, header);
    std::string out;
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (i < block.first || i >= block.last) out += lines[i].text;
    return out;
}

}  // namespace posta::manifest
