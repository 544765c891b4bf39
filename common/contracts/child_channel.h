#pragma once
// The child's side of its channel: heartbeat, orders, lifeline.
//
// A child reads its settings first (settings.h: read_first_line), changes its uid, calls
// leave_with_supervisor(), and then hands the descriptor to a ChildChannel on its loop. Pings are
// answered here, so that a loop that still turns is a child that lives.

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/contracts/line_splitter.h"
#include "common/loop/event_loop.h"
#include "common/loop/stream.h"

namespace posta::contracts {

// The kernel kills this process when the supervisor dies, also by kill -9 and while the loop is
// busy; the channel's end of file is the orderly way. After the uid change, which clears it.
// `unavailable`: the supervisor is gone already.
Result<void> leave_with_supervisor(int channel_fd);

class ChildChannelEvents {
public:
    // A line other than ping, without its newline. One that was longer than kMaxLineBytes comes
    // cut, and so as an order that cannot be read. Must not destroy the channel.
    virtual void on_order(std::string_view line) = 0;
    // The supervisor is gone.
    virtual void on_supervisor_gone() = 0;
    // The JSON object that goes up with `ready` and each pong (child_report.h).
    virtual std::string report() = 0;
    // Further lines that go with it, each with its newline. Called when they are about to be sent.
    virtual std::string lines_with_report() { return {}; }

protected:
    ~ChildChannelEvents() = default;
};

class ChildChannel final : private StreamEvents {
public:
    ChildChannel(EventLoop& loop, UniqueFd channel, ChildChannelEvents& events);

    void say_ready();
    void say_draining();
    // Unasked: before leaving, so that the last counts are not lost.
    void say_report() { say_with_report({}); }

private:
    void say_with_report(std::string_view word);
    void on_bytes(std::string_view bytes) override;
    void on_end() override;
    void on_broken(int uv_error) override;
    void on_drained() override {}

    ChildChannelEvents& events_;
    LineSplitter lines_;
    Stream stream_;
};

// "failed TEXT", written before the loop runs or after it has ended; blocking, best effort.
void say_failed(int channel_fd, std::string_view reason);

}  // namespace posta::contracts
