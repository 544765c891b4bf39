#include "common/url/ipv4_forms.h"

#include <charconv>
#include <cstdint>
#include <optional>

namespace posta::url {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    } else if (text.starts_with('0')) {
        base = 8;
    }
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, fault] = std::from_chars(text.data(), end, value, base);
    if (fault != std::errc() || stopped != end) return std::nullopt;
    return value;
}

}  // namespace

bool is_ipv4_in_any_form(std::string_view host) {
    // What the last number may be when it is the first, second, third or fourth.
    constexpr std::uint64_t kMost[] = {0xFFFF'FFFF, 0xFF'FFFF, 0xFFFF, 0xFF};
    for (const std::uint64_t most_for_last : kMost) {
        const std::size_t dot = host.find('.');
        const auto value = number(host.substr(0, dot));
        if (!value) return false;
        if (dot == std::string_view::npos) return *value <= most_for_last;
        if (*value > 0xFF) return false;
        host.remove_prefix(dot + 1);
    }
    return false;
}

}  // namespace posta::url
