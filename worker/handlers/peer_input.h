#pragma once
// A peer as a client names it: in display form, canonical, or as a person typed it. Pure.

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "worker/http/response.h"

namespace posta::worker {

// The canonical URL, or the answer to give: 400 with the category as its code.
Result<std::string, Response> read_peer(std::string_view given);

}  // namespace posta::worker
