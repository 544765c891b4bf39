#include "common/http/head.h"

#include <array>

#include "common/http/eight_bytes.h"

namespace posta::http {

namespace {

constexpr std::array<char, 256> kLower = [] {
    std::array<char, 256> table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte)
        table[byte] = static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
    return table;
}();

using eight::kAtOnce;

std::uint64_t eight_lower(const char* at) { return eight::lower(eight::load(at)); }

char lower(char c) { return kLower[static_cast<unsigned char>(c)]; }

constexpr std::array<bool, 256> kTokenCharacters = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

std::size_t count_in(const std::vector<Field>& fields, std::string_view name) {
    std::size_t found = 0;
    for (const Field& field : fields) found += equal_names(field.name, name) ? 1 : 0;
    return found;
}

std::string_view first_in(const std::vector<Field>& fields, std::string_view name) {
    for (const Field& field : fields)
        if (equal_names(field.name, name)) return field.value;
    return {};
}

}  // namespace

bool equal_letters(std::string_view a, std::string_view b) {
    const char* const one = a.data();
    const char* const other = b.data();
    const std::size_t size = a.size();
    if (size < kAtOnce) {
        for (std::size_t at = 0; at < size; ++at)
            if (lower(one[at]) != lower(other[at])) return false;
        return true;
    }
    // The last eight may have been looked at in part.
    for (std::size_t at = 0; at + kAtOnce < size; at += kAtOnce)
        if (eight_lower(one + at) != eight_lower(other + at)) return false;
    return eight_lower(one + size - kAtOnce) == eight_lower(other + size - kAtOnce);
}

std::optional<std::string_view> next_member(std::string_view& list) {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        std::string_view member = list.substr(0, comma);
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
        while (!member.empty() && (member.front() == ' ' || member.front() == '\t'))
            member.remove_prefix(1);
        while (!member.empty() && (member.back() == ' ' || member.back() == '\t'))
            member.remove_suffix(1);
        if (!member.empty()) return member;
    }
    return std::nullopt;
}

bool is_token(std::string_view text) {
    bool all = !text.empty();
    for (const char c : text) all &= kTokenCharacters[static_cast<unsigned char>(c)];
    return all;
}

std::optional<std::string_view> RequestHead::only(std::string_view name) const {
    if (count(name) != 1) return std::nullopt;
    return first(name);
}

std::string_view RequestHead::first(std::string_view name) const { return first_in(fields, name); }

std::size_t RequestHead::count(std::string_view name) const { return count_in(fields, name); }

std::string_view ResponseHead::first(std::string_view name) const { return first_in(fields, name); }

std::size_t ResponseHead::count(std::string_view name) const { return count_in(fields, name); }

}  // namespace posta::http
