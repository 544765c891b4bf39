#include "tests/support/http_cases.h"

#include <charconv>
#include <cstdlib>

#include "common/base/check.h"
#include "common/base/file.h"
#include "tests/support/test_paths.h"

namespace posta::test {

namespace {

// The text before `mark`; takes it and the mark off `rest`.
std::string_view take_until(std::string_view& rest, std::string_view mark) {
    const std::size_t at = rest.find(mark);
    const std::string_view taken = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + mark.size());
    return taken;
}

// One escape, the backslash is taken already.
std::string unescape_one(std::string_view& rest) {
    CHECK(!rest.empty());
    const char kind = rest.front();
    rest.remove_prefix(1);
    switch (kind) {
        case 'r':
            return "\r";
        case 'n':
            return "\n";
        case 't':
            return "\t";
        case '0':
            return std::string(1, '\0');
        case '\\':
            return "\\";
        case 'x': {
            int value = 0;
            CHECK(std::from_chars(rest.data(), rest.data() + 2, value, 16).ptr == rest.data() + 2);
            rest.remove_prefix(2);
            return std::string(1, static_cast<char>(value));
        }
        case '{': {
            const std::string times(take_until(rest, "*"));
            return std::string(std::strtoul(times.c_str(), nullptr, 10), take_until(rest, "}")[0]);
        }
        default:
            CHECK(false);
            return {};
    }
}

std::string unescape(std::string_view rest) {
    std::string bytes;
    while (!rest.empty()) {
        const bool escaped = rest.front() == '\\';
        if (!escaped) bytes += rest.front();
        rest.remove_prefix(1);
        if (escaped) bytes += unescape_one(rest);
    }
    return bytes;
}

void read_verdict(std::string_view verdict, HttpCase& one) {
    one.whole = verdict != "wait";
    if (!one.whole) return;
    if (verdict.front() >= '0' && verdict.front() <= '9') {
        one.refused = std::atoi(std::string(verdict).c_str());
        return;
    }
    while (!verdict.empty()) {
        std::string_view body = take_until(verdict, "+");
        const std::string_view tenant = take_until(body, "=");
        one.requests.push_back({std::string(tenant == "nobody" ? "" : tenant), unescape(body)});
    }
}

}  // namespace

std::vector<HttpCase> read_http_cases() {
    const auto text = read_file(POSTA_TEST_DATA "/http/requests.table", 1 << 20);
    CHECK(text.has_value());
    std::vector<HttpCase> cases;
    std::string rule;
    for (std::string_view rest = *text; !rest.empty();) {
        std::string_view line = take_until(rest, "\n");
        if (line.empty() || line.starts_with("# ") || line == "#") continue;
        const std::string name(take_until(line, " | "));
        if (name.starts_with("= ")) {
            rule = name.substr(2);
            continue;
        }
        HttpCase one;
        one.id = rule + "." + name;
        read_verdict(take_until(line, " | "), one);
        one.bytes = unescape(line);
        cases.push_back(std::move(one));
    }
    return cases;
}

}  // namespace posta::test
