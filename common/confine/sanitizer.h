#pragma once
// Whether this is a build with AddressSanitizer: the one difference that confinement makes between
// builds. Its shadow memory is no private memory of ours, and its reports read a few files.

namespace posta {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kHasSanitizer = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kHasSanitizer = true;
#else
constexpr bool kHasSanitizer = false;
#endif
#else
constexpr bool kHasSanitizer = false;
#endif

}  // namespace posta
