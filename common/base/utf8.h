#pragma once
// UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing past U+10FFFF. Pure.

#include <cstddef>
#include <string_view>

namespace posta {

// The length of the character that `text` begins with; 0 when it begins with none.
std::size_t utf8_character_length(std::string_view text);

// How many bytes of it are whole characters before the first that is none.
std::size_t utf8_prefix_length(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace posta
