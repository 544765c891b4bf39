#include "common/json/write.h"

#include <array>
#include <cstdio>

#include "common/base/check.h"
#include "common/base/utf8.h"

namespace posta::json {
namespace {

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    std::array<char, 8> escape{};
    std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned char>(c));
    out += escape.data();
}

bool stands_for_itself(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c != '\x7f';
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const std::size_t length = utf8_character_length(text);
        if (length == 0) {
            out += "\xEF\xBF\xBD";
        } else if (length > 1 || stands_for_itself(text.front())) {
            out += text.substr(0, length);
        } else {
            append_escaped(out, text.front());
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

}  // namespace

void Writer::before_value() {
    if (after_key_) {
        after_key_ = false;
        return;
    }
    if (levels_.empty()) {
        CHECK(out_.empty());  // one value a text
        return;
    }
    CHECK(levels_.back().closing == ']');  // in an object a key comes first
    if (!levels_.back().empty) out_ += ',';
    levels_.back().empty = false;
}

Writer& Writer::begin_object() {
    before_value();
    out_ += '{';
    levels_.push_back({'}', true});
    return *this;
}

Writer& Writer::end_object() {
    CHECK(!levels_.empty() && levels_.back().closing == '}' && !after_key_);
    levels_.pop_back();
    out_ += '}';
    return *this;
}

Writer& Writer::begin_array() {
    before_value();
    out_ += '[';
    levels_.push_back({']', true});
    return *this;
}

Writer& Writer::end_array() {
    CHECK(!levels_.empty() && levels_.back().closing == ']');
    levels_.pop_back();
    out_ += ']';
    return *this;
}

Writer& Writer::key(std::string_view name) {
    CHECK(!levels_.empty() && levels_.back().closing == '}' && !after_key_);
    if (!levels_.back().empty) out_ += ',';
    levels_.back().empty = false;
    append_quoted(out_, name);
    out_ += ':';
    after_key_ = true;
    return *this;
}

Writer& Writer::string(std::string_view text) {
    before_value();
    append_quoted(out_, text);
    return *this;
}

Writer& Writer::number(std::int64_t value) { return raw(std::to_string(value)); }

Writer& Writer::boolean(bool value) { return raw(value ? "true" : "false"); }

Writer& Writer::null() { return raw("null"); }

Writer& Writer::raw(std::string_view json) {
    before_value();
    out_ += json;
    return *this;
}

std::string Writer::text() && {
    CHECK(levels_.empty() && !out_.empty());
    return std::move(out_);
}

}  // namespace posta::json
