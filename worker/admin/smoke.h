#pragma once
// `posta-server smoke`: the checks of the cutover, as requests from outside.
//
// What each identity must answer is taken from its own files (the public halves of keys.json), not
// from the server that is asked.

#include <string>
#include <vector>

namespace posta::worker {

int smoke(const std::vector<std::string>& words);

}  // namespace posta::worker
