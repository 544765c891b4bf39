#pragma once
// A DNS server on 127.0.0.1, port 53 (name_server.py), for as long as this lives. A name says
// itself what it resolves to; see name_server.py.

#include <string>
#include <vector>

#include "tests/support/script_process.h"

namespace posta::testing {

class NameServer {
public:
    // A name with all these addresses.
    static std::string name_of(const std::vector<std::string>& addresses);
    // A name with the first address at the first look-up, the second at the second, and so on.
    static std::string changing_name(const std::vector<std::string>& addresses);

private:
    ScriptProcess script_{"name_server.py", {}};
};

}  // namespace posta::testing
