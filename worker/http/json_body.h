#pragma once
// The JSON object that a request of the client API carries, read strictly.
//
// A member that the route does not know is 400 unsupported-field (client-api.md): a client that
// misspells something hears of it.

#include <initializer_list>
#include <string>
#include <string_view>

#include "common/json/parse.h"
#include "worker/http/response.h"

namespace posta::worker {

// The object in `body`; its values point into it. The error is the answer to give.
Result<json::Value, Response> read_object(std::string_view body,
                                          std::initializer_list<std::string_view> known_members);

}  // namespace posta::worker
