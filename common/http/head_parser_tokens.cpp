#include <llhttp.h>

#include "common/http/head_tokens.h"

namespace posta::http {

namespace {

// What llhttp reports while it runs over one head. The head is one piece, so each span is too.
struct Tokens {
    std::vector<Field>& fields;
    bool in_pieces = false;
    bool complete = false;
};

Tokens& tokens_of(llhttp_t* parser) { return *static_cast<Tokens*>(parser->data); }

int on_field(llhttp_t* parser, const char* at, std::size_t length) noexcept {
    tokens_of(parser).fields.emplace_back(std::string_view(at, length));
    return 0;
}

int on_value(llhttp_t* parser, const char* at, std::size_t length) noexcept {
    Tokens& tokens = tokens_of(parser);
    if (tokens.fields.empty() || tokens.fields.back().value.data() != nullptr) {
        tokens.in_pieces = true;
        return 0;
    }
    tokens.fields.back().value = {at, length};
    return 0;
}

int on_complete(llhttp_t* parser) noexcept {
    tokens_of(parser).complete = true;
    return HPE_PAUSED;  // the body is not llhttp's (chunked_body.h)
}

constexpr llhttp_settings_t kSettings = [] {
    llhttp_settings_t settings{};
    settings.on_header_field = on_field;
    settings.on_header_value = on_value;
    settings.on_headers_complete = on_complete;
    return settings;
}();

bool is_space(char c) { return c == ' ' || c == '\t'; }

[[gnu::always_inline]] inline std::string_view without_space_around(std::string_view text) {
    const char* begin = text.data();
    const char* end = begin + text.size();
    while (begin != end && is_space(*begin)) ++begin;
    while (begin != end && is_space(end[-1])) --end;
    return {begin, static_cast<std::size_t>(end - begin)};
}

// Of views into the same head: the very same bytes.
bool are_same_place(std::string_view a, std::string_view b) {
    return a.size() == b.size() && (a.data() == b.data() || a.empty());
}

// The line and llhttp's reading of it must be the same thing.
bool agrees_with_its_line(Field& field) {
    const std::size_t name = field.name.size();
    const char* const line = field.line.data();
    if (field.line.size() < name + 3 || line[name] != ':' || field.name.data() != line)
        return false;
    if (field.known == FieldName::other && !is_token(field.name)) return false;
    const std::string_view value =
        without_space_around({line + name + 1, field.line.size() - name - 3});
    if (!are_same_place(field.value, value) &&
        !are_same_place(without_space_around(field.value), value))
        return false;
    field.value = value;
    return true;
}

}  // namespace

std::optional<Fault> split_fields(MessageKind kind, std::string_view head,
                                  const std::vector<std::uint32_t>& line_ends,
                                  std::vector<Field>& fields) {
    fields.clear();
    Tokens tokens{fields};
    llhttp_t parser;
    llhttp_init(&parser, kind == MessageKind::request ? HTTP_REQUEST : HTTP_RESPONSE, &kSettings);
    parser.data = &tokens;
    const llhttp_errno_t error = llhttp_execute(&parser, head.data(), head.size());
    if (!tokens.complete) {
        const bool unknown = error == HPE_INVALID_METHOD;
        return Fault{unknown ? 501 : 400,
                     unknown ? "a method that is not known" : "a malformed head"};
    }
    if (error != HPE_PAUSED || tokens.in_pieces) return Fault{400, "a malformed head"};

    // The first line is no field.
    const std::size_t lines = line_ends.size() - 1;
    if (fields.size() > lines) return Fault{400, "a malformed field"};
    const std::uint32_t* begin = line_ends.data();
    for (Field& field : fields) {
        field.line = {head.data() + *begin, std::size_t{begin[1] - *begin}};
        if (!agrees_with_its_line(field)) return Fault{400, "a malformed field"};
        ++begin;
    }
    if (fields.size() < lines) return Fault{400, "a malformed head"};
    return std::nullopt;
}

}  // namespace posta::http
