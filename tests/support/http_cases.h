#pragma once
// The table tests/data/http/requests.table: requests, and the verdict on each.

#include <string>
#include <vector>

namespace posta::test {

struct HttpCase {
    struct Expected {
        std::string tenant;  // empty: nobody has that host
        std::string body;
    };

    std::string id;
    std::string bytes;
    bool whole = true;               // false: more of it is due
    int refused = 0;                 // the status; 0: accepted
    std::vector<Expected> requests;  // when accepted
};

// Ends the test program when the table cannot be read.
std::vector<HttpCase> read_http_cases();

}  // namespace posta::test
