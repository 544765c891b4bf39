#pragma once
// One child: a fresh image of this program with its channel (common/contracts/channel.h).
//
// Mechanism only: starts it, cuts what it says into lines, ends it when it says what nobody may
// say, reports its end. When to start or end one is keeper's. The child gets exactly the
// descriptors of the contract and almost no environment; it changes its own uid.

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/contracts/line_splitter.h"
#include "common/loop/event_loop.h"
#include "common/loop/stream.h"
#include "common/loop/uv_handle.h"
#include "supervisor/lifecycle/obituary.h"

namespace posta::supervisor {

// What to start.
struct ChildOrder {
    std::vector<std::string> words;                // after the program's name: "worker", "arne"
    std::vector<std::pair<int, int>> descriptors;  // number in the child, ours (borrowed)
    std::vector<std::string> lines;                // the first lines down, settings first
};

class ChildProcess;

class ChildProcessEvents {
public:
    // Must not destroy the child.
    virtual void on_line(ChildProcess& child, std::string_view line) = 0;
    // Everything sent has been taken.
    virtual void on_drained(ChildProcess& child) = 0;
    // It is gone, all its lines have been told. The last call; the child may be destroyed in it.
    virtual void on_exit(ChildProcess& child, const Exit& exit) = 0;

protected:
    ~ChildProcessEvents() = default;
};

class ChildProcess final : private StreamEvents {
public:
    // `executable` is run; `events` must outlive the child. Errors: what the system refused.
    static Result<std::unique_ptr<ChildProcess>> start(EventLoop& loop,
                                                       const std::string& executable,
                                                       const ChildOrder& order,
                                                       ChildProcessEvents& events);
    // Before its exit has been told: the process is left alone and its channel closes.
    ~ChildProcess() = default;

    int pid() const { return pid_; }
    void send(std::string_view line);
    bool sending() const { return channel_ && channel_->queued_bytes() > 0; }
    void signal(int signal_number);
    // Kills it; `reason` goes into its obituary unless there is one already.
    void kill(std::string_view reason);
    // What it said as its reason, or why we killed it.
    const std::string& reason() const { return reason_; }
    void set_reason(std::string_view reason);

    // Called at each heartbeat: lines are counted between two calls.
    void allow_more_lines() { lines_left_ = kLinesPerHeartbeat; }

private:
    static constexpr int kLinesPerHeartbeat = 1000;

    ChildProcess(EventLoop& loop, ChildProcessEvents& events);
    Result<UniqueFd> spawn(const std::string& executable, const ChildOrder& order);
    void on_bytes(std::string_view bytes) override;
    void on_end() override { channel_.reset(); }
    void on_broken(int) override;
    void on_drained() override { events_.on_drained(*this); }
    void on_process_exit(const Exit& exit);
    void read_the_rest();

    EventLoop& loop_;
    ChildProcessEvents& events_;
    int pid_ = 0;
    std::string reason_;
    contracts::LineSplitter lines_;
    int lines_left_ = kLinesPerHeartbeat;
    bool killed_ = false;
    std::unique_ptr<Stream> channel_;
    UvHandle<uv_process_t> process_;
};

}  // namespace posta::supervisor
