#pragma once
// Sends what is queued (wire.md section 6).
//
// A message is `pending` in the database until its turn has come, `sending` while a delivery is
// under way, and then delivered, failed, or pending again with the time of the next attempt. The
// database is the truth: a worker that dies at any point finds there what is left, and a message
// that had arrived is answered with a duplicate, which counts as delivered.
//
// Nothing here polls: the outbox is woken when something was queued, when a delivery is over and
// when a wait is.

#include <functional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/loop/event_loop.h"
#include "common/loop/timer.h"
#include "worker/events/event.h"
#include "worker/outbox/https_client.h"
#include "worker/outbox/peer_queue.h"
#include "worker/store/store.h"

namespace posta::worker {

class Delivery {
public:
    // POSTs the body with its signature; calls back once, on a later turn.
    virtual void deliver(const std::string& peer, std::string body, std::string_view signature,
                         std::function<void(Result<HttpsAnswer>)> on_done) = 0;

protected:
    ~Delivery() = default;
};

// The newest key of this identity.
class Signer {
public:
    virtual std::string key_id() const = 0;
    virtual std::string sign(std::string_view body) const = 0;  // 64 bytes

protected:
    ~Signer() = default;
};

class Outbox {
public:
    struct Parts {
        EventLoop& loop;
        const Clock& clock;
        Log& log;
        store::Store& store;
        Announcer& announcer;
        Delivery& delivery;
        const Signer& signer;
        std::string url;                 // this identity's
        std::function<double()> jitter;  // in [0, 1)
    };
    static constexpr std::size_t kAtOnce = 8;

    explicit Outbox(Parts parts);

    // Takes up what an earlier process left.
    Result<void> start();
    // Another process (a predecessor that drained, a command) may have queued something: looks for
    // peers that are not known here. What this one has under way stays as it is. When the database
    // cannot be read, it looks once more later.
    void look_again();
    // Something for that peer was queued, durably.
    void wake(const std::string& peer);
    // Something for that peer is to be tried again now, although it waits.
    void hurry(const std::string& peer);
    // Begins no further delivery. Those under way end by themselves or with this.
    void stop();

    // What the timer does when a wait is over.
    void send_due();

private:
    Result<void> look();
    void begin(const std::string& peer);
    void attempt(const store::Queued& message);
    void on_done(const store::Queued& message, const Result<HttpsAnswer>& answer);
    Result<void> tell(const store::Queued& message, std::string_view state,
                      std::string_view error_code);
    Result<void> settle(const store::Queued& message, const Result<HttpsAnswer>& answer);
    Result<void> fail(const store::Queued& message, std::string_view state, std::string_view code);
    void go_on(const std::string& peer);
    void wait_after_fault(const std::string& peer, const Error& error);
    SteadyTime due_of(const store::Queued& message) const;
    void set_timer();

    Parts parts_;
    PeerQueue queue_{kAtOnce};
    Timer next_attempt_;
    Timer next_look_;
    bool stopped_ = false;
};

}  // namespace posta::worker
