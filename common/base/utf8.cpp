#include "common/base/utf8.h"

#include <cstdint>
#include <cstring>

namespace posta {
namespace {

unsigned byte_at(std::string_view text, std::size_t index) {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
}

bool within(unsigned byte, unsigned least, unsigned most) { return byte >= least && byte <= most; }

// How much of the beginning is ASCII, to eight bytes: most texts are, wholly.
std::size_t ascii_length(std::string_view text) {
    constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;
    std::size_t length = 0;
    for (std::uint64_t word = 0; length + sizeof word <= text.size(); length += sizeof word) {
        std::memcpy(&word, text.data() + length, sizeof word);
        if ((word & kHighBits) != 0) break;
    }
    return length;
}

}  // namespace

std::size_t utf8_character_length(std::string_view text) {
    const unsigned first = byte_at(text, 0);
    if (text.empty()) return 0;
    if (first < 0x80) return 1;

    // The second byte's range is what rules out overlong forms, surrogates and the far end.
    unsigned least = 0x80;
    unsigned most = 0xBF;
    if (first == 0xE0) least = 0xA0;
    if (first == 0xED) most = 0x9F;
    if (first == 0xF0) least = 0x90;
    if (first == 0xF4) most = 0x8F;
    if (!within(byte_at(text, 1), least, most)) return 0;
    if (within(first, 0xC2, 0xDF)) return 2;
    if (!within(byte_at(text, 2), 0x80, 0xBF)) return 0;
    if (within(first, 0xE0, 0xEF)) return 3;
    if (!within(byte_at(text, 3), 0x80, 0xBF)) return 0;
    return within(first, 0xF0, 0xF4) ? 4 : 0;
}

std::size_t utf8_prefix_length(std::string_view text) {
    std::size_t good = 0;
    while (good < text.size()) {
        good += ascii_length(text.substr(good));
        if (good == text.size()) break;
        const std::size_t length = utf8_character_length(text.substr(good));
        if (length == 0) break;
        good += length;
    }
    return good;
}

bool is_utf8(std::string_view text) { return utf8_prefix_length(text) == text.size(); }

}  // namespace posta
