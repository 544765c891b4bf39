#pragma once
// A DNS server on 127.0.0.1, port 53 (name_server.py), for as long as this lives. A name says
// itself what it resolves to; see name_server.py.

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/base/unique_fd.h"

namespace posta::testing {

class NameServer {
public:
    NameServer();
    ~NameServer();
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;

    // A name with all these addresses.
    static std::string name_of(const std::vector<std::string>& addresses);
    // A name with the first address at the first look-up, the second at the second, and so on.
    static std::string changing_name(const std::vector<std::string>& addresses);

private:
    UniqueFd input_;  // closing it ends the server
    pid_t pid_ = -1;
};

}  // namespace posta::testing
