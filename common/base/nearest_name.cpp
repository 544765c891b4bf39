#include "common/base/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace posta {
namespace {

constexpr std::size_t kLongestName = 64;  // longer ones are not compared: the cost is quadratic

std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::vector<std::size_t>> cost(left.size() + 1,
                                               std::vector<std::size_t>(right.size() + 1));
    for (std::size_t i = 0; i <= left.size(); ++i) cost[i][0] = i;
    for (std::size_t j = 0; j <= right.size(); ++j) cost[0][j] = j;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t changed = left[i - 1] == right[j - 1] ? 0 : 1;
            cost[i][j] =
                std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + changed});
            const bool swapped =
                i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost[left.size()][right.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view typed, std::span<const std::string_view> known) {
    if (typed.empty() || typed.size() > kLongestName) return {};
    std::string_view nearest;
    std::size_t least = std::max<std::size_t>(1, (typed.size() + 1) / 3) + 1;
    for (const std::string_view name : known) {
        if (name.size() > kLongestName) continue;
        const std::size_t away = distance(typed, name);
        if (away >= least) continue;
        least = away;
        nearest = name;
    }
    return nearest;
}

std::string did_you_mean(std::string_view typed, std::span<const std::string_view> known) {
    const std::string_view nearest = nearest_name(typed, known);
    return nearest.empty() ? "" : " (did you mean \"" + std::string(nearest) + "\"?)";
}

}  // namespace posta
