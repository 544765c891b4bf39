#pragma once
// The child's side of its channel: heartbeat, orders, lifeline.

#include <functional>
#include <string>

#include "common/base/unique_fd.h"
#include "common/loop/event_loop.h"
#include "common/loop/stream.h"

namespace posta::contracts {

class ChildChannelEvents {
public:
    // A line other than ping, without its newline.
    virtual void on_order(std::string_view line) = 0;
    // The supervisor is gone.
    virtual void on_supervisor_gone() = 0;

protected:
    ~ChildChannelEvents() = default;
};

class ChildChannel final : private StreamEvents {
public:
    ChildChannel(EventLoop& loop, UniqueFd channel, ChildChannelEvents& events);

    void say_ready();
    void say_draining();
    void say_report(std::string_view json);

private:
    void on_bytes(std::string_view bytes) override;
    void on_end() override;
    void on_broken(int uv_error) override;
    void on_drained() override {}

    ChildChannelEvents& events_;
    std::string partial_;
    Stream stream_;
};

// "failed TEXT", written before the loop runs or after it has ended; blocking, best effort.
void say_failed(int channel_fd, std::string_view reason);

}  // namespace posta::contracts
