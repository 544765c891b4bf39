#pragma once
// `posta-server identity adopt`: the command around adopt() (identity_adopt_steps.h).
//
// --move: the source is never changed, so this cannot mean moving its files. Once everything is
// verified, the source directory as a whole is renamed to DIR.adopted-<time>, untouched inside: the
// old daemon does not find it any more and cannot start a second life of the identity by accident.
// Renaming it back is the way back.

#include <string>
#include <vector>

namespace posta::worker {

int identity_adopt(const std::vector<std::string>& words);

}  // namespace posta::worker
