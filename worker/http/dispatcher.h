#pragma once
// Runs the handler of an admitted request inside the turn's transaction and sends its answer once
// the turn has committed (store/turn.h).
//
// A handler that may write works in a savepoint of its own and rolls back alone when it gives up
// with an Error. One that answers GET opens no transaction, so that a lock held by another process
// does not keep readers out.

#include "common/base/log.h"
#include "worker/http/gate.h"
#include "worker/http/service.h"
#include "worker/memory_budget.h"

namespace posta::worker {

class Dispatcher final : public Service {
public:
    Dispatcher(App& app, Gate& gate, Callers& callers, MemoryBudget& memory)
        : app_(app), gate_(gate), callers_(callers), memory_(memory) {}

    Admission admit(const http::RequestHead& head) override { return gate_.admit(head); }
    void serve(const Route& route, Request request, Reply reply) override;

private:
    Response answer_of(const Route& route, const Request& request);

    App& app_;
    Gate& gate_;
    Callers& callers_;
    MemoryBudget& memory_;
};

}  // namespace posta::worker
