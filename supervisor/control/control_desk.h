#pragma once
// Carries out what is asked on the control socket.
//
// Some requests have their answer at once; restart, stop, start, wait and reload --wait have it
// when the tenant has come where it should, which is looked at after every change, or when their
// time is over. Each changing command is logged with who asked, the outcome and the time that it
// took.

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "supervisor/control/control_protocol.h"
#include "supervisor/control/control_server.h"
#include "supervisor/control/control_streams.h"
#include "supervisor/logs/log_file.h"
#include "supervisor/serve/supervisor.h"
#include "supervisor/upgrade/upgrader.h"

namespace posta::supervisor {

// What is asked often and answered from all parts of the server.
struct ControlViews {
    std::function<std::string()> metrics;  // Prometheus' text
    std::function<std::string()> top;      // JSON
};

class ControlDesk final : private ControlHandler {
public:
    // `socket` listens already.
    ControlDesk(EventLoop& loop, const KeeperSurroundings& around, Supervisor& supervisor,
                Upgrader& upgrader, LiveFeed& feed, LogFile& log_file, ControlViews views,
                UniqueFd socket, uid_t caller);
    // Who asked the image before this one to upgrade hears from here how it ended.
    void take_over(const HandedAsker& asker);

    // Something may have changed: looks whether any wait is over.
    void look_at_waits();
    // As `reopen` does; what fails is logged.
    Result<std::string> reopen_log();
    // The control socket was gone from its path, and this is the next one.
    void listen_on(UniqueFd socket) { server_.listen_on(std::move(socket)); }
    // Prometheus' text. What fronts tell is at most a heartbeat old; when it is asked for again,
    // not older than the question before.
    std::string metrics();

private:
    enum class Goal { ready, stopped, reloaded, upgraded };
    struct Asked {
        ControlPeer peer;
        std::string line;  // for the log
        const ControlCommand* command;
        SteadyTime at;
    };
    struct Wait {
        Asked asked;
        std::string slug;
        Goal goal;
        bool patient;  // `wait` goes on while the tenant is down; a command says so at once
        bool over = false;
        std::unique_ptr<Timer> deadline;
        // For the goal `reloaded`, which has no slug: what it did, and whose outcome it is.
        ReloadPlan plan{};
        std::vector<std::string> awaited{};
    };

    void on_request(const ControlPeer& peer, std::string_view line) override;
    void on_peer_gone(std::uint64_t id) override;

    // Nothing: the answer comes later.
    std::optional<Result<std::string>> carry_out(const Asked& asked, const ControlRequest& request);
    std::optional<Result<std::string>> command_tenant(const Asked& asked,
                                                      const ControlRequest& request);
    std::optional<Result<std::string>> upgrade(const Asked& asked);
    std::optional<Result<std::string>> reload(const Asked& asked, const ControlRequest& request);
    std::optional<Result<std::string>> wait(const Asked& asked, const ControlRequest& request);
    Result<std::string> wake(const std::string& slug);
    std::optional<Result<std::string>> logs(const Asked& asked, const ControlRequest& request);
    std::optional<Result<std::string>> events(const Asked& asked);
    Result<std::string> set_level(const ControlRequest& request);
    void ask_fronts();
    void add_wait(Wait wait, std::chrono::milliseconds at_most);
    std::optional<Result<std::string>> outcome(const Wait& wait) const;
    std::optional<Result<std::string>> reload_outcome(const Wait& wait) const;
    std::optional<Result<std::string>> upgrade_outcome(const Wait& wait) const;
    void finish(const Asked& asked, const Result<std::string>& result);

    EventLoop& loop_;
    const KeeperSurroundings& around_;
    Supervisor& supervisor_;
    Upgrader& upgrader_;
    LogFile& log_file_;
    ControlViews views_;
    SteadyTime fronts_asked_{};
    std::list<Wait> waits_;
    ControlStreams streams_;
    ControlServer server_;
};

}  // namespace posta::supervisor
