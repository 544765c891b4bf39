#pragma once
// Required members of a JSON object, with the member's name in the error. Pure.
//
// For the lines between our own processes: both ends are the same program, so a member that is
// missing or of another kind is a fault, never a default.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/json/parse.h"

namespace posta::contracts {

// The text as one JSON object; `what` names it in errors.
Result<json::Value> object_from(std::string_view text, std::string_view what);

Result<std::string> string_field(const json::Value& object, std::string_view name);
Result<bool> boolean_field(const json::Value& object, std::string_view name);
Result<std::int64_t> integer_field(const json::Value& object, std::string_view name,
                                   std::int64_t least, std::int64_t most);
Result<std::vector<std::string>> strings_field(const json::Value& object, std::string_view name);
// An array; its elements may be of any kind.
Result<const json::Value*> array_field(const json::Value& object, std::string_view name);

}  // namespace posta::contracts
