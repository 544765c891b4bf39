#pragma once
// What an attempt's outcome means, and when the next one is due (wire.md section 6). Pure.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace posta::worker {

enum class DeliveryClass { delivered, transient, permanent };

struct DeliveryJudgement {
    DeliveryClass outcome;
    std::string code;  // why it was not delivered
};

// `error_body` is the answer's body, which names the peer's reason: only `409 duplicate-id` says
// that the message is there already.
DeliveryJudgement judge_answer(int status, std::string_view error_body);
// No answer: no connection, bad certificate, time over.
DeliveryJudgement judge_silence();

// The wait after that many attempts have failed; nothing when it is a person's turn to decide.
// `retry_after` is the field's value or empty, `now` is for its form as a date, `jitter` in [0, 1)
// lengthens the wait by up to a tenth, so that peers that came back are not met by everybody at
// once.
std::optional<std::chrono::milliseconds> wait_after(int attempts, std::string_view retry_after,
                                                    WallTime now, double jitter);

// The longest wait that wait_after() gives.
inline constexpr std::chrono::minutes kLongestWait{66};

// How long a message still has to wait that has failed `attempts` times and whose next attempt
// seems to be `left` away. The wall clock may have been set back since that time was set: what is
// further away than the failure can have asked for becomes the ordinary wait. Only a peer that
// answered can have asked for more than that, up to kLongestWait.
std::chrono::milliseconds wait_left(int attempts, std::string_view error_code,
                                    std::chrono::milliseconds left);

// RFC 9110 section 10.2.3: seconds, or a date.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, WallTime now);

}  // namespace posta::worker
