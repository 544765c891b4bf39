#pragma once
// "Did you mean ...?": the known name that a mistyped one is closest to. Pure.

#include <span>
#include <string>
#include <string_view>

namespace posta {

// Empty when nothing is near enough to be what was meant (more than a third of it differs). A
// dropped, added or changed character counts one, and so do two neighbours that changed places.
std::string_view nearest_name(std::string_view typed, std::span<const std::string_view> known);

// ` (did you mean "host"?)`, or nothing.
std::string did_you_mean(std::string_view typed, std::span<const std::string_view> known);

}  // namespace posta
