#pragma once
// Verifies signatures on the thread pool, those that one turn of the loop brings together.
//
// To hand a job to another thread and to be woken by it costs a tenth of a verification. So what a
// turn has gathered goes over as a few jobs, and each comes back at once; its messages then share a
// transaction too. A job is short, so that the first messages of a burst do not wait for the last.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/loop/event_loop.h"
#include "worker/envelope/signature.h"

namespace posta::worker {

class Verifier {
public:
    explicit Verifier(EventLoop& loop) : loop_(loop) {}

    using OnVerified = std::function<void(bool)>;
    // Calls back on a later turn; not after this has been destroyed.
    void add(const wire::PublicKey& key, const wire::Signature& signature,
             std::shared_ptr<const std::string> body, OnVerified on_verified);

    // At the end of each turn; without it nothing is verified.
    void hand_over();
    bool is_at_work() const { return jobs_ > 0; }

private:
    struct Item {
        wire::PublicKey key;
        wire::Signature signature;
        std::shared_ptr<const std::string> body;
        OnVerified on_verified;
        bool valid = false;
    };
    using Job = std::vector<Item>;

    void run(Job job);

    static constexpr std::size_t kThreads = 4;      // of libuv's pool, unless told otherwise
    static constexpr std::size_t kMostOfAJob = 16;  // about a millisecond

    EventLoop& loop_;
    Job gathered_;
    std::size_t jobs_ = 0;                                        // on the pool
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // what is in the pool looks here
};

}  // namespace posta::worker
