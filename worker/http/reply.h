#pragma once
// The way back to the connection that waits for an answer.

#include <memory>
#include <utility>

#include "worker/http/response.h"

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

}  // namespace posta::worker
