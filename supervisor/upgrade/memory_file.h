#pragma once
// A text in a file without a name, which passes to a child and across exec by its descriptor.

#include <string>

#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace posta::supervisor {

Result<UniqueFd> to_memory(const std::string& text);
// From its beginning, wherever somebody else has read to.
Result<std::string> from_memory(int fd);

}  // namespace posta::supervisor
