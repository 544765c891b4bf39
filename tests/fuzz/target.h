#pragma once
// What the fuzz targets share: the entry that libFuzzer calls, and reading choices off an input.
//
// A target is one file with one LLVMFuzzerTestOneInput. It states what must hold by CHECK, which
// ends the process, so libFuzzer and the replay of the corpus see a broken promise like a crash.
// The same files make the fuzzers (clang) and the replay in the unit suite (replay_test.cpp).

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace posta::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// Choices from the front of the input; what is left is rest(). At its end everything is zero.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(text_of(data, size)) {}

    bool empty() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }
    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    // As many bytes, or what is left.
    std::string_view bytes(std::size_t count) {
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(taken.size());
        return taken;
    }

private:
    std::string_view rest_;
};

// How a text arrives: the input's first byte says how many of the next ones are sizes of pieces,
// which come round again and again; none means byte by byte.
class Pieces {
public:
    explicit Pieces(Input& input) : sizes_(input.bytes(input.byte() % 8)) {}

    // Calls `take` with each piece, as a copy that ends where the piece does, until it says no.
    template <class Take>
    void feed(std::string_view text, Take take) {
        for (std::size_t turn = 0; !text.empty(); ++turn) {
            const std::size_t size =
                sizes_.empty()
                    ? 1
                    : std::size_t{static_cast<std::uint8_t>(sizes_[turn % sizes_.size()])} + 1;
            const std::string piece(text.substr(0, size));
            text.remove_prefix(piece.size());
            if (!take(std::string_view(piece))) return;
        }
    }

private:
    std::string_view sizes_;
};

}  // namespace posta::fuzz
