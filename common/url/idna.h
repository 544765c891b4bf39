#pragma once
// Host names as DNS has them. Pure, and independent of the locale.

#include <optional>
#include <string>
#include <string_view>

namespace posta::url {

// UTS 46, non-transitional: lower case, each label that needs it as an A-label. Nothing when the
// name is not a valid one, also for an A-label that stands for no valid name. The result may end in
// a dot; lengths and characters are the caller's to check. `host` holds no zero byte.
std::optional<std::string> to_ascii(std::string_view host);

}  // namespace posta::url
