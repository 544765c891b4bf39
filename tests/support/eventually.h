#pragma once
// Waiting for a condition, with a deadline.

#include <chrono>
#include <functional>

namespace posta::test {

// True as soon as `condition` holds; false when it does not until the deadline, which is generous:
// a slow machine is no failure, and a fast one does not wait for it.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds deadline = std::chrono::seconds(60));

}  // namespace posta::test
