#pragma once
// Waiting for a condition, with a deadline.

#include <chrono>
#include <functional>

namespace posta::test {

// True as soon as `condition` holds; false when it does not until the deadline.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds deadline = std::chrono::seconds(20));

}  // namespace posta::test
