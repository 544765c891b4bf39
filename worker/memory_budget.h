#pragma once
// How much memory all requests in flight may hold together: bodies, answers and events that wait
// for slow readers.
//
// At `memory_limit_mb` the kernel refuses the next allocation and the worker dies, with everything
// that was in flight. So each connection says here what it is about to hold, and what does not fit
// is refused (503) by its head, before any of its body is read. What is there already counts, also
// beyond the budget: then nothing new is let in until it has gone. What one request takes for a
// moment while it is served is in the reserve, since they are served one after the other.
//
// Pure.

#include <cstddef>
#include <cstdint>

namespace posta::worker {

class MemoryBudget {
public:
    explicit MemoryBudget(std::size_t bytes) : bytes_(bytes) {}
    MemoryBudget(const MemoryBudget&) = delete;
    MemoryBudget& operator=(const MemoryBudget&) = delete;

    // Whose request it is. Strangers get one half, so that they cannot keep the owner out.
    enum class Share { half, whole };
    bool fits(std::size_t more, Share share = Share::whole) const {
        const std::size_t most = share == Share::half ? bytes_ / 2 : bytes_;
        return used_ <= most && more <= most - used_;
    }
    // More is in use than there should be.
    bool is_short() const { return used_ > bytes_; }

    std::size_t used() const { return used_; }
    // Requests that were refused, and streams that were ended, for want of memory.
    std::uint64_t refused() const { return refused_; }
    void count_refusal() { ++refused_; }

private:
    friend class MemoryShare;
    std::size_t bytes_;
    std::size_t used_ = 0;
    std::uint64_t refused_ = 0;
};

// What one holder has of it; given back at its end.
class MemoryShare {
public:
    explicit MemoryShare(MemoryBudget& budget, std::size_t bytes = 0) : budget_(budget) {
        set(bytes);
    }
    ~MemoryShare() { set(0); }
    MemoryShare(const MemoryShare&) = delete;
    MemoryShare& operator=(const MemoryShare&) = delete;

    // From now on it is that much, whether or not it fits.
    void set(std::size_t bytes) {
        budget_.used_ += bytes;
        budget_.used_ -= bytes_;
        bytes_ = bytes;
    }
    // The same, only if what is more fits; false and unchanged otherwise, and counted as refused.
    bool grow_to(std::size_t bytes, MemoryBudget::Share share) {
        if (bytes > bytes_ && !budget_.fits(bytes - bytes_, share)) {
            budget_.count_refusal();
            return false;
        }
        set(bytes);
        return true;
    }
    std::size_t bytes() const { return bytes_; }

private:
    MemoryBudget& budget_;
    std::size_t bytes_ = 0;
};

// What a worker with `limit_mb` of private memory has for requests in flight: the rest after what
// it takes for itself, its database's cache and the moment of serving one request. 0: no limit.
std::size_t memory_for_requests(int limit_mb);

// The most that one page of messages holds, so that making it stays within that moment.
std::size_t most_bytes_of_a_page(int limit_mb);

}  // namespace posta::worker
