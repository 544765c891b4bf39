#include "common/url/idna.h"

#include <idn2.h>

#include <algorithm>
#include <memory>

namespace posta::url {
namespace {

struct IdnFree {
    void operator()(std::uint8_t* text) const noexcept { idn2_free(text); }
};

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string lower(std::string_view ascii) {
    std::string lowered(ascii);
    for (char& c : lowered) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lowered;
}

std::optional<std::string> convert(const std::string& host) {
    std::uint8_t* result = nullptr;
    const int outcome =
        idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(host.c_str()), &result,
                       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_ALABEL_ROUNDTRIP);
    const std::unique_ptr<std::uint8_t, IdnFree> owned(result);
    if (outcome != IDN2_OK) return std::nullopt;
    return reinterpret_cast<const char*>(owned.get());
}

}  // namespace

std::optional<std::string> to_ascii(std::string_view host) {
    const std::string lowered = lower(host);
    if (is_ascii(lowered) && lowered.find("xn--") == std::string::npos) return lowered;
    const auto converted = convert(lowered);
    if (!converted) return std::nullopt;
    // A name that the second look reads differently has no canonical form.
    if (convert(*converted) != converted) return std::nullopt;
    return converted;
}

}  // namespace posta::url
