#pragma once
// The way back to the connection that waits for an answer.

#include <memory>
#include <utility>

#include "worker/http/endless_body.h"
#include "worker/http/response.h"

namespace posta::worker {

class AnswerTaker {
public:
    virtual void on_answer(Response response) = 0;
    virtual void on_stream(Response head, std::unique_ptr<EndlessBody> body) = 0;

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
    // An answer without an end of its own. `head` has no body.
    void stream(Response head, std::unique_ptr<EndlessBody> body) const {
        if (AnswerTaker* taker = std::exchange(*taker_, nullptr))
            taker->on_stream(std::move(head), std::move(body));
    }

private:
    std::shared_ptr<AnswerTaker*> taker_;
};

}  // namespace posta::worker
