#pragma once
// The reading end of a child's standard output and error.
//
// The child's end never blocks it: when the pipe is full its log counts what was lost. How much is
// taken from one child in a while is bounded, so that one that floods has its own lines lost and
// costs the supervisor little. Lives until the child's last copy of the pipe is closed.

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/contracts/line_splitter.h"
#include "common/loop/event_loop.h"
#include "common/loop/stream.h"
#include "common/loop/timer.h"

namespace posta::supervisor {

class ChildOutput;

class ChildOutputOwner {
public:
    // Without its newline; a line that is longer than a log's comes cut.
    virtual void on_output_line(ChildOutput& output, std::string_view line) = 0;
    // The last call; it may destroy the output.
    virtual void on_output_end(ChildOutput& output) = 0;

protected:
    ~ChildOutputOwner() = default;
};

class ChildOutput final : private StreamEvents {
public:
    ChildOutput(EventLoop& loop, UniqueFd reading_end, ChildOutputOwner& owner);

    int fd() const { return stream_.fd(); }
    // What the pipe still holds, when the loop will not turn any more.
    void drain();

private:
    void on_bytes(std::string_view bytes) override;
    void on_end() override;
    void on_broken(int) override { on_end(); }
    void on_drained() override {}
    void take(std::string_view bytes);
    void refill();
    void refill_later();

    // A burst, and what is added to it per second. A line counts as some bytes, however short.
    static constexpr std::int64_t kBurstBytes = 1024 * 1024;
    static constexpr std::int64_t kBytesPerSecond = 256 * 1024;
    static constexpr std::int64_t kLeastLineBytes = 128;

    EventLoop& loop_;
    ChildOutputOwner& owner_;
    contracts::LineSplitter lines_;
    std::int64_t allowance_ = kBurstBytes;
    std::optional<Timer> refill_;  // most never write that much
    Stream stream_;
};

// Reading and writing end, neither blocks.
Result<std::pair<UniqueFd, UniqueFd>> output_pipe();

}  // namespace posta::supervisor
