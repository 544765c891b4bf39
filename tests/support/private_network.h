#pragma once
// A network in which every address of the world is this machine, for as long as this lives: what
// the test starts meanwhile runs there, and so does the test.
//
// Any address, public, private or reserved, leads to whoever listens on all of them here, so that
// a connection that should not have been made is seen. Name look-ups go to 127.0.0.1, port 53.
// Needs root, and a test program without further threads.

#include <memory>
#include <string>

#include "common/base/unique_fd.h"
#include "tests/support/temp_folder.h"

namespace posta::testing {

class PrivateNetwork {
public:
    // Null when this user may not make one.
    static std::unique_ptr<PrivateNetwork> enter();
    ~PrivateNetwork();
    PrivateNetwork(const PrivateNetwork&) = delete;
    PrivateNetwork& operator=(const PrivateNetwork&) = delete;

private:
    PrivateNetwork();

    TempFolder folder_;
    std::string directory_;
    UniqueFd network_;  // those of before
    UniqueFd mounts_;
};

}  // namespace posta::testing
