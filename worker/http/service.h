#pragma once
// What a connection asks of the rest of the worker: may this request come in, and serve it.

#include <memory>
#include <optional>
#include <utility>

#include "common/http/head.h"
#include "worker/http/request.h"
#include "worker/http/response.h"
#include "worker/http/router.h"

namespace posta::worker {

class AnswerTaker {
public:
    virtual void on_answer(Response response) = 0;

protected:
    ~AnswerTaker() = default;
};

// The way back to the connection that waits. Copyable; the first send() counts. When the client has
// gone meanwhile, nothing happens.
class Reply {
public:
    explicit Reply(std::shared_ptr<AnswerTaker*> taker) : taker_(std::move(taker)) {}

    void send(Response response) const {
        if (AnswerTaker* taker = std::exchange(*taker_, nullptr))
            taker->on_answer(std::move(response));
    }

private:
    std::shared_ptr<AnswerTaker*> taker_;
};

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
