#pragma once
// Writes JSON, one value after another, without spaces. Pure.
//
//   json::Writer out;
//   out.begin_object().key("url").string(url).key("keys").begin_array() ...
//   .end_array().end_object(); std::move(out).text();
//
// Text given to string() must be UTF-8; invalid bytes are replaced by U+FFFD, so that the result is
// always valid JSON. Unbalanced calls are a bug of ours and end the process.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace posta::json {

class Writer {
public:
    Writer& begin_object();
    Writer& end_object();
    Writer& begin_array();
    Writer& end_array();
    Writer& key(std::string_view name);
    Writer& string(std::string_view text);
    Writer& number(std::int64_t value);
    Writer& boolean(bool value);
    Writer& null();
    // A value that is JSON already; not checked.
    Writer& raw(std::string_view json);

    // key(name).string(text), and so on, for the usual case.
    Writer& member(std::string_view name, std::string_view text) { return key(name).string(text); }
    Writer& member(std::string_view name, const char* text) { return key(name).string(text); }
    // Of any width that fits: which of them std::size_t is differs between machines.
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) Writer& member(std::string_view name, Number value) {
        return key(name).number(value);
    }
    Writer& member(std::string_view name, bool value) { return key(name).boolean(value); }

    std::string text() &&;

private:
    void before_value();

    std::string out_;
    struct Level {
        char closing;
        bool empty;
    };
    std::vector<Level> levels_;
    bool after_key_ = false;
};

}  // namespace posta::json
