#pragma once
// The JSON of one keeper's part of a handover (handover.h): its processes and their history. Pure.

#include <string_view>

#include "common/base/result.h"
#include "common/json/parse.h"
#include "common/json/write.h"
#include "supervisor/upgrade/handover.h"

namespace posta::supervisor {

void write(json::Writer& out, const HandedKeeper& keeper);
Result<HandedKeeper> keeper_from(const json::Value& object);

// A number of at least -1: a descriptor, a pid, a count.
Result<int> int_field(const json::Value& object, std::string_view name);

}  // namespace posta::supervisor
