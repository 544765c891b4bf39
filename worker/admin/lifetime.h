#pragma once
// How long an invite is valid, as a person writes it. Pure.

#include <chrono>
#include <optional>
#include <string_view>

namespace posta::worker {

// A whole number and a unit: "90s", "30m", "24h", "7d"; from a minute to 30 days.
std::optional<std::chrono::seconds> lifetime_from(std::string_view text);

}  // namespace posta::worker
