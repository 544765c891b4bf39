#pragma once
// Who follows `logs -f` and `events` on the control socket, and what each of them is sent: first
// {"following": ...}, then line by line what happens.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "supervisor/control/control_server.h"
#include "supervisor/logs/live_feed.h"

namespace posta::supervisor {

class ControlStreams final : private LiveFeedListener {
public:
    // `server` is used from the first stream on.
    ControlStreams(LiveFeed& feed, ControlServer& server);
    ~ControlStreams();
    ControlStreams(const ControlStreams&) = delete;
    ControlStreams& operator=(const ControlStreams&) = delete;

    bool knows(std::string_view name) const { return feed_.knows(name); }
    // {"name": ..., "lines": [...]}
    std::string recent(std::string_view name, std::size_t lines) const;
    // Sends so many recent lines, then those that follow. False: too many streams.
    bool follow_logs(std::uint64_t peer, const std::string& name, std::size_t lines);
    bool follow_events(std::uint64_t peer);
    void forget(std::uint64_t peer) { followed_.erase(peer); }

private:
    void on_log_line(std::string_view name, std::string_view json) override;
    void on_state_change(std::string_view json) override;

    LiveFeed& feed_;
    ControlServer& server_;
    std::map<std::uint64_t, std::string> followed_;  // name of the log; empty: changes of state
};

}  // namespace posta::supervisor
