#pragma once
// What a connection asks of the rest of the worker: may this request come in, and serve it.

#include <optional>

#include "common/http/head.h"
#include "worker/http/reply.h"
#include "worker/http/request.h"
#include "worker/http/response.h"
#include "worker/http/router.h"

namespace posta::worker {

// The decision on a head, before any of the body has been read.
struct Admission {
    std::optional<Response> refusal;  // present: the request goes no further
    const Route* route = nullptr;
    Request request;  // all but its body
};

class Service {
public:
    virtual Admission admit(const http::RequestHead& head) = 0;
    // May send the reply before it returns.
    virtual void serve(const Route& route, Request request, Reply reply) = 0;

protected:
    ~Service() = default;
};

}  // namespace posta::worker
