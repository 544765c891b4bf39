#pragma once
// What one worker grants its connections. All of them come from the front, which has limits of its
// own for the public side; these keep a worker bounded also when the front errs.

#include <chrono>
#include <cstddef>

#include "common/contracts/front_contract.h"

namespace posta::worker {

constexpr std::size_t kMaxWireBody = 65'536;      // wire.md section 4
constexpr std::size_t kMaxApiBody = 1024 * 1024;  // client-api.md

struct Limits {
    // More wait in the socket's backlog; event streams have a limit of their own. Times
    // kMaxWireBody, this is what strangers can make a worker hold.
    std::size_t max_connections = contracts::kMostWorkerConnections;
    std::chrono::milliseconds head_deadline{10'000};
    std::chrono::milliseconds body_idle{30'000};
    // Longer than the front's 150 s: the front is the one who lets go, so that no request meets a
    // closing socket.
    std::chrono::milliseconds keep_alive_idle{180'000};
    std::chrono::milliseconds write_idle{30'000};
    // After an answer that ends the connection the peer may still be sending: that much is read
    // and dropped, that long, so that no reset cuts the answer.
    std::chrono::milliseconds linger{5'000};
    std::size_t max_discarded = 1024 * 1024;
    // A large body for which there is no memory lies unread so long before it is refused: a client
    // that sends it again at once would take more of our time, and the front's, than it had served.
    std::chrono::milliseconds hesitation{1'000};
    // A refused request's body up to this size is read and the connection goes on.
    std::size_t max_skipped_body = kMaxWireBody;
};

inline Limits limits_with(int descriptor_limit) {
    Limits limits;
    limits.max_connections =
        static_cast<std::size_t>(contracts::worker_connections_with(descriptor_limit));
    return limits;
}

}  // namespace posta::worker
