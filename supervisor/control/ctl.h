#pragma once
// `posta-server ctl COMMAND`: asks the running server over its control socket and shows the answer.

#include <string>
#include <vector>

namespace posta::supervisor {

int ctl(const std::vector<std::string>& words);

}  // namespace posta::supervisor
