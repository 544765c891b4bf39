#pragma once
// RFC 3339 timestamps (wire.md section 1). Pure.

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace posta {

// UTC with `Z` and milliseconds: "2026-05-10T12:00:00.000Z". Every time that we write has this
// form.
std::string format_time(WallTime time);

// Accepts what RFC 3339 section 5.6 does: `T` and `Z` in either case, any number of fraction digits
// (digits past the millisecond are dropped), a numeric offset, a leap second (read as :59). Nothing
// for anything else, also for dates that do not exist.
std::optional<WallTime> parse_time(std::string_view text);

}  // namespace posta
