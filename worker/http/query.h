#pragma once
// Parameters of a URL's query: name=value&name=value, percent-encoded. Pure.

#include <optional>
#include <string>
#include <string_view>

namespace posta::worker {

// The first parameter of that name, decoded (`+` is a space); nothing when it is absent. A value
// with a broken escape is given as it stands: no reader of URLs or numbers takes it, whereas one
// that was dropped would be taken for one that was not asked for.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

}  // namespace posta::worker
