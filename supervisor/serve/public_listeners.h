#pragma once
// The public listening sockets: bound here, once, served by fronts.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace posta::supervisor {

struct PublicListener {
    UniqueFd socket;
    std::string address;  // with the port that was bound: "127.0.0.1:8080", "[::1]:8080"
};

// "127.0.0.1:8080", "0.0.0.0:80", "[::1]:8080"; port 0 lets the system choose. An address in words
// is `invalid`: names may mean several addresses.
Result<PublicListener> listen_public(std::string_view address);

}  // namespace posta::supervisor
