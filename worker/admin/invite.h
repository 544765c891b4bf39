#pragma once
// `posta-server invite create|list|revoke`: links that pair one device with an identity.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posta::worker {

int invite_create(const std::vector<std::string>& words);
int invite_list(const std::vector<std::string>& words);
int invite_revoke(const std::vector<std::string>& words);

// A whole number and a unit: "90s", "30m", "24h", "7d"; from a minute to 30 days. Pure.
std::optional<std::chrono::seconds> lifetime_from(std::string_view text);

}  // namespace posta::worker
