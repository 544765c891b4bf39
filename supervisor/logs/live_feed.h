#pragma once
// What the server says and does, as it happens: every log line, every change of state, and what
// fronts count.
//
// It reads what children write, writes it into the server's log under their own name, keeps the
// last lines of each name for `ctl logs`, and tells a listener. The changes of a tenant's state
// stand among its lines, so that its log shows its starts and deaths.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log_line.h"
#include "common/loop/event_loop.h"
#include "supervisor/lifecycle/keeper.h"
#include "supervisor/logs/child_output.h"
#include "supervisor/logs/log_ring.h"
#include "supervisor/metrics/traffic_table.h"
#include "supervisor/upgrade/handover.h"

namespace posta::supervisor {

class LiveFeedListener {
public:
    // One JSON object, as `--log-format json` writes it. `name` as for LiveFeed::last_lines().
    virtual void on_log_line(std::string_view name, std::string_view json) = 0;
    // {"time","level","source","event":"state","name","kind","from","to","pid","reason"}
    virtual void on_state_change(std::string_view json) = 0;

protected:
    ~LiveFeedListener() = default;
};

class LiveFeed final : public KeeperWatch, private ChildOutputOwner {
public:
    // `log_fd` is where the server's log goes; borrowed.
    LiveFeed(EventLoop& loop, const Clock& clock, LogFormat format, int log_fd,
             TrafficTable& traffic);
    LiveFeed(const LiveFeed&) = delete;
    LiveFeed& operator=(const LiveFeed&) = delete;

    // Null for none.
    void set_listener(LiveFeedListener* listener) { listener_ = listener; }

    // A slug, or "front". The views end with the next line.
    std::vector<std::string_view> last_lines(std::string_view name, std::size_t count) const;
    bool knows(std::string_view name) const { return rings_.contains(name); }
    std::uint64_t lines_lost() const { return all_lost_; }
    // Before the end, when the loop turns no more.
    void drain_outputs();

    // For an upgrade: the pipes that processes still write into, and the reading on.
    std::vector<HandedOutput> hand_over() const;
    // The last lines of each name, fewer of each when there are many names.
    std::vector<HandedLines> hand_over_lines() const;
    void take_over(const std::vector<HandedOutput>& outputs, const std::vector<HandedLines>& lines);

private:
    struct Open {
        std::string name;
        std::unique_ptr<ChildOutput> output;
    };

    Result<UniqueFd> open_output(const std::string& name) override;
    void read_from(const std::string& name, UniqueFd reading_end);
    void on_output_line(ChildOutput& output, std::string_view line) override;
    void on_output_end(ChildOutput& output) override;
    Result<void> on_traffic(const Keeper& keeper, bool current, std::string_view json) override;
    void on_state(const Keeper& keeper, State before) override;
    void write(const LogEntry& entry);
    void remember(std::string_view name, std::string json);

    // Names come and go with reloads: those that were silent the longest are forgotten first.
    static constexpr std::size_t kMostBytes = 64 * 1024 * 1024;
    struct Remembered {
        LogRing ring;
        SteadyTime last{};
    };

    EventLoop& loop_;
    const Clock& clock_;
    LogFormat format_;
    int log_fd_;
    TrafficTable& traffic_;
    std::uint64_t lost_ = 0;  // lines that the log did not take, and does not tell of yet
    std::uint64_t all_lost_ = 0;
    LiveFeedListener* listener_ = nullptr;
    std::map<const ChildOutput*, Open> outputs_;
    std::map<std::string, Remembered, std::less<>> rings_;
    std::size_t bytes_ = 0;
};

}  // namespace posta::supervisor
