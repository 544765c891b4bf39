#pragma once
// `selftest SLUG`: what a worker of this identity could do if it were taken over.
//
// Shows each layer of the sandbox and each attempt as enforced, partial or absent. Needs no running
// server and disturbs none. Exit code 0: nothing is absent (with --strict: all is enforced), 1:
// something is.

#include <string>
#include <vector>

namespace posta::worker {

int selftest(const std::vector<std::string>& words);

}  // namespace posta::worker
