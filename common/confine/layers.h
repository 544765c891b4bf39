#pragma once
// The names of the sandbox's layers, and what it means that the manifest requires some of them.
//
// A layer that the kernel or the way of starting does not give is reported and served without, so
// that a container with an old kernel is not an outage. Who would rather have the outage names the
// layer in `require_layers`: it must be enforced then, partial is not enough. Pure.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/confine/confine.h"

namespace posta {

constexpr std::array<std::string_view, 6> kLayerNames{"limits",     "descriptors", "user",
                                                      "undumpable", "landlock",    "seccomp"};

constexpr bool is_layer(std::string_view name) {
    return std::find(kLayerNames.begin(), kLayerNames.end(), name) != kLayerNames.end();
}

// `invalid`, with each layer that is required and not enforced, and why it is not.
Result<void> require_layers(const SandboxReport& report, const std::vector<std::string>& required);

}  // namespace posta
