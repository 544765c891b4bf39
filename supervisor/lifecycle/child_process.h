#pragma once
// One child: a fresh image of this program with its channel (common/contracts/channel.h), or one
// that the image before this one has started.
//
// Mechanism only: starts it, cuts what it says into lines, ends it when it says what nobody may
// say, reports its end. When to start or end one is keeper's. The child gets exactly the
// descriptors of the contract and almost no environment; it changes its own uid.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/contracts/line_splitter.h"
#include "common/loop/event_loop.h"
#include "common/loop/stream.h"
#include "common/loop/uv_handle.h"
#include "supervisor/lifecycle/machinery.h"

namespace posta::supervisor {

class ChildProcess final : public Child, private StreamEvents {
public:
    // `executable` is run; `events` must outlive the child. Errors: what the system refused.
    static Result<std::unique_ptr<ChildProcess>> start(EventLoop& loop,
                                                       const std::string& executable,
                                                       const ChildOrder& order,
                                                       ChildEvents& events);

    // Its exit is told by whoever waits for it: on_process_exit().
    static std::unique_ptr<ChildProcess> adopt(EventLoop& loop, const HandedChild& handed,
                                               ChildEvents& events,
                                               std::function<void(int pid)> on_forgotten);
    ~ChildProcess() override;

    int pid() const override { return pid_; }
    void send(std::string_view line) override;
    bool sending() const override { return channel_ && channel_->queued_bytes() > 0; }
    std::chrono::milliseconds kept_waiting() const override;
    void signal(int signal_number) override;
    void kill(std::string_view reason) override;
    const std::string& reason() const override { return reason_; }
    void set_reason(std::string_view reason) override;
    void allow_more_lines() override { lines_left_ = kLinesPerHeartbeat; }
    HandedChild hand_over() const override;

    // It has ended and has been waited for: from here on its pid is never signalled.
    void on_process_exit(const Exit& exit);

private:
    static constexpr int kLinesPerHeartbeat = 1000;

    ChildProcess(EventLoop& loop, ChildEvents& events);
    Result<UniqueFd> spawn(const std::string& executable, const ChildOrder& order);
    void on_bytes(std::string_view bytes) override;
    void on_end() override { channel_.reset(); }
    void on_broken(int) override;
    void on_drained() override { events_.on_drained(*this); }
    void read_the_rest();
    bool is_ours() const;

    EventLoop& loop_;
    ChildEvents& events_;
    int pid_ = 0;
    std::string reason_;
    contracts::LineSplitter lines_;
    int lines_left_ = kLinesPerHeartbeat;
    bool killed_ = false;
    bool waited_for_ = false;  // its pid may be anybody's
    std::unique_ptr<Stream> channel_;
    UvHandle<uv_process_t> process_;             // null when it was adopted
    std::function<void(int pid)> on_forgotten_;  // of an adopted one
};

}  // namespace posta::supervisor
