#pragma once
// `posta-server check`: everything that could keep an identity from starting, told at once.

#include <string>
#include <vector>

namespace posta::worker {

int check(const std::vector<std::string>& words);

}  // namespace posta::worker
