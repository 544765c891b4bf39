#pragma once
// A QR code as text for a terminal, two modules a character. Pure.

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace posta::worker {

// Light modules are drawn, dark ones left blank, as a terminal with a dark background needs it; the
// quiet zone of four modules is included. `invalid` when the text is too long for a QR code.
Result<std::string> qr_code(std::string_view text);

}  // namespace posta::worker
