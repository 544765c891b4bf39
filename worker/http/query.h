#pragma once
// Parameters of a URL's query: name=value&name=value, percent-encoded. Pure.

#include <optional>
#include <string>
#include <string_view>

namespace posta::worker {

// The first parameter of that name, decoded (`+` is a space). Nothing when it is absent, or when
// its value has a broken escape: a value that we would have to guess is no value.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

}  // namespace posta::worker
