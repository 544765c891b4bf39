#include "worker/admin/await_delivery.h"

#include <poll.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "worker/admin/become_owner.h"
#include "worker/store/store.h"

namespace posta::worker {
namespace {

constexpr int kBetweenLooksMs = 50;

// In the words of a pipe: "STATE ATTEMPTS CODE".
std::string line_of(const DeliveryState& state) {
    return state.state + " " + std::to_string(state.attempts) + " " + state.error_code;
}

DeliveryState from_line(const std::string& line) {
    const std::size_t first = line.find(' ');
    const std::size_t second = line.find(' ', first + 1);
    return {line.substr(0, first), std::stoi(line.substr(first + 1)), line.substr(second + 1)};
}

Result<std::string> wait(const std::string& directory, std::int64_t row_id,
                         std::chrono::milliseconds patience) {
    const SystemClock clock;
    Log log(clock, "send", LogLevel::warn, LogFormat::text);
    const auto inbox = TRY(store::Store::open(directory + "/inbox.db", clock, log));
    const SteadyTime deadline = clock.steady() + patience;
    while (true) {
        const auto message = TRY(inbox->messages().find(row_id));
        if (!message) return Error{ErrorCode::not_found, "the message is gone from the outbox"};
        const DeliveryState now{message->state, message->attempts, message->last_error_code};
        if (now.is_final() || clock.steady() >= deadline) return line_of(now);
        ::poll(nullptr, 0, kBetweenLooksMs);
    }
}

}  // namespace

bool DeliveryState::is_final() const {
    return state != store::state::kPending && state != store::state::kSending;
}

Result<DeliveryState> await_delivery(const std::string& directory, std::int64_t row_id,
                                     std::chrono::milliseconds patience) {
    const std::string line =
        TRY(as_owner(directory, [&] { return wait(directory, row_id, patience); }));
    return from_line(line);
}

}  // namespace posta::worker
