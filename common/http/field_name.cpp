#include "common/http/field_name.h"

#include <cstddef>

#include "common/http/eight_bytes.h"

namespace posta::http {

namespace {

template <std::size_t Size>
[[gnu::always_inline]] inline bool same_letters(const char* text, const char* word) {
    return eight::lower(eight::load<Size>(text)) == eight::load<Size>(word);
}

// Of the same length; `word` is in lower case. Its length is known when this is compiled, so that a
// comparison is a few instructions. The last eight (or four) bytes may have been looked at in part.
template <std::size_t SizeAndZero>
[[gnu::always_inline]] inline bool is(std::string_view name, const char (&word)[SizeAndZero]) {
    constexpr std::size_t kSize = SizeAndZero - 1;
    constexpr std::size_t kPart = kSize >= 8 ? 8 : kSize >= 4 ? 4 : kSize;
    for (std::size_t at = 0; at + kPart < kSize; at += kPart)
        if (!same_letters<kPart>(name.data() + at, word + at)) return false;
    return same_letters<kPart>(name.data() + kSize - kPart, word + kSize - kPart);
}

}  // namespace

// Lengths first: most fields are none of these.
FieldName field_name(std::string_view name) {
    using enum FieldName;
    switch (name.size()) {
        case 2:
            return is(name, "te") ? te : other;
        case 4:
            return is(name, "host") ? host : other;
        case 6:
            return is(name, "expect") ? expect : other;
        case 7:
            return is(name, "upgrade") ? upgrade : other;
        case 10:
            return is(name, "connection")   ? connection
                   : is(name, "keep-alive") ? keep_alive
                                            : other;
        case 12:
            return is(name, "content-type") ? content_type : other;
        case 14:
            return is(name, "content-length")   ? content_length
                   : is(name, "http2-settings") ? http2_settings
                                                : other;
        case 16:
            return is(name, "proxy-connection") ? proxy_connection : other;
        case 17:
            return is(name, "transfer-encoding") ? transfer_encoding : other;
        default:
            return other;
    }
}

}  // namespace posta::http
