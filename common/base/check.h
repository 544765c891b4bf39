#pragma once
// CHECK(condition): a broken invariant of ours ends the process at the spot.
//
// Not for input: what comes from outside is answered with a Result. The supervisor writes the
// obituary of a worker that ends this way and starts a new one.

namespace posta {
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;
}  // namespace posta

#define CHECK(condition)                                           \
    do {                                                           \
        if (!(condition)) [[unlikely]]                             \
            ::posta::check_failed(#condition, __FILE__, __LINE__); \
    } while (false)
