#pragma once
// The name of one request, in our access log, in the worker's log and in those of a proxy before
// us. Pure, apart from the random start of a series.

#include <cstddef>
#include <string>

#include "common/http/head.h"
#include "supervisor/front/forwarding.h"

namespace posta::supervisor {

class RequestIds {
public:
    // No two fronts, and no front before and after its restart, give the same ids.
    RequestIds();
    explicit RequestIds(std::string series);

    // A trusted proxy's X-Request-Id when it is one and fit to stand in a log; else the next of
    // ours.
    void name(const http::RequestHead& head, const ClientPeer& peer, std::string& id);

private:
    void count_up();

    std::size_t series_bytes_;
    std::string last_;  // the series, then a number in hexadecimal digits
};

}  // namespace posta::supervisor
