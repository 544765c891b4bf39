#pragma once
// Eight bytes of text looked at in one step, in plain integers. Pure.
//
// What is asked of each byte is answered in its highest bit (kAnswers); no byte's answer depends on
// its neighbours. Where the first byte in memory is not the lowest one, answers cannot be found in
// order (kInOrder), and who needs that goes byte by byte.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace posta::http::eight {

constexpr std::size_t kAtOnce = sizeof(std::uint64_t);
constexpr std::uint64_t kEach = 0x0101010101010101;
constexpr std::uint64_t kAnswers = kEach << 7;
constexpr bool kInOrder = std::endian::native == std::endian::little;

// `Size` bytes, the first ones of the eight; zeros behind them.
template <std::size_t Size = kAtOnce>
inline std::uint64_t load(const char* at) {
    static_assert(Size <= kAtOnce);
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, Size);
    return bytes;
}

inline void store(std::uint64_t bytes, char* at) { std::memcpy(at, &bytes, kAtOnce); }

// Which are ASCII. The answers below are true of these only.
constexpr std::uint64_t ascii(std::uint64_t bytes) { return ~bytes & kAnswers; }

// Bits other than the answers are in no particular state.
constexpr std::uint64_t at_least(std::uint64_t bytes, unsigned char least) {
    return (bytes & ~kAnswers) + kEach * (0x80U - least);
}

constexpr std::uint64_t within(std::uint64_t bytes, unsigned char first, unsigned char last) {
    return at_least(bytes, first) & ~at_least(bytes, static_cast<unsigned char>(last + 1));
}

// Of answers, not all of them no: the first byte that is a yes.
constexpr std::size_t first(std::uint64_t answers) {
    return static_cast<unsigned>(std::countr_zero(answers)) / 8;
}
constexpr std::uint64_t without_first(std::uint64_t answers) { return answers & (answers - 1); }

constexpr std::uint64_t capitals(std::uint64_t bytes) {
    return within(bytes, 'A', 'Z') & ascii(bytes);
}

constexpr std::uint64_t lower(std::uint64_t bytes) { return bytes | (capitals(bytes) >> 2); }

}  // namespace posta::http::eight
