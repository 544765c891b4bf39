#include "worker/memory_budget.h"

#include <algorithm>
#include <limits>

namespace posta::worker {

namespace {

constexpr std::size_t kMib = 1024 * 1024;

// Code and data of its own, the TLS library with its certificates, and the stacks of the pool and
// of look-ups (common/confine): measured, with a third on top.
constexpr std::size_t kOfItself = 16 * kMib;
// However small the limit: one body of the largest size, or nothing would ever be served.
constexpr std::size_t kLeast = 4 * kMib;

std::size_t bytes_in(int megabytes) { return static_cast<std::size_t>(megabytes) * kMib; }

std::size_t for_the_cache(std::size_t limit) { return std::min(limit / 8, 8 * kMib); }

// A page of messages stands in memory four times while it is made.
std::size_t for_the_moment(std::size_t limit) { return limit / 4; }

}  // namespace

std::size_t memory_for_requests(int limit_mb) {
    if (limit_mb == 0) return std::numeric_limits<std::size_t>::max() / 2;
    const std::size_t limit = bytes_in(limit_mb);
    const std::size_t taken = kOfItself + for_the_cache(limit) + for_the_moment(limit);
    return limit < taken + kLeast ? kLeast : limit - taken;
}

std::size_t most_bytes_of_a_page(int limit_mb) {
    if (limit_mb == 0) return std::numeric_limits<std::size_t>::max();
    return for_the_moment(bytes_in(limit_mb)) / 4;
}

}  // namespace posta::worker
