#include "worker/pages/html.h"

#include <algorithm>

#include "common/base/check.h"

namespace posta::worker::pages {

namespace {

const std::string& value_of(const Values& values, std::string_view name) {
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&](const auto& value) { return value.first == name; });
    CHECK(found != values.end());
    return found->second;
}

}  // namespace

std::string escape(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\'':
                escaped += "&#39;";
                break;
            default:
                if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
                    c == 0x7f) {
                    escaped += "\xef\xbf\xbd";
                } else {
                    escaped += c;
                }
        }
    }
    return escaped;
}

std::string fill(std::string_view page, const Values& values) {
    std::string filled;
    filled.reserve(page.size());
    while (true) {
        const std::size_t open = page.find("{{");
        filled += page.substr(0, open);
        if (open == std::string_view::npos) return filled;
        const std::size_t close = page.find("}}", open);
        CHECK(close != std::string_view::npos);
        std::string_view name = page.substr(open + 2, close - open - 2);
        page.remove_prefix(close + 2);
        if (!name.starts_with('#')) {
            filled += escape(value_of(values, name));
            continue;
        }
        name.remove_prefix(1);
        const std::string ending = "{{/" + std::string(name) + "}}";
        const std::size_t end = page.find(ending);
        CHECK(end != std::string_view::npos);
        if (!value_of(values, name).empty()) filled += fill(page.substr(0, end), values);
        page.remove_prefix(end + ending.size());
    }
}

}  // namespace posta::worker::pages
