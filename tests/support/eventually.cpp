#include "tests/support/eventually.h"

#include <thread>

namespace posta::test {

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds deadline) {
    constexpr std::chrono::milliseconds kBetweenLooks{5};
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) return condition();
        std::this_thread::sleep_for(kBetweenLooks);  // between two looks
    }
    return true;
}

}  // namespace posta::test
