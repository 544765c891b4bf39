#pragma once
// An upgrade: the program at the path that this one was started by takes over this very process.
//
// The pid stays, and with it what an init system knows of us; the children stay our children; all
// sockets stay open, so nobody is refused. First the new program must pass its rehearsal. Until
// exec has succeeded nothing has changed, and when it fails we go on as if nothing had been asked.
// What follows is the new image's: Supervisor::take_over().

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/base/unique_fd.h"
#include "common/loop/event_loop.h"
#include "common/loop/timer.h"
#include "supervisor/serve/supervisor.h"
#include "supervisor/upgrade/rehearsal.h"

namespace posta::supervisor {

class Upgrader {
public:
    struct Parts {
        std::string program;             // absolute
        std::vector<std::string> words;  // that it is started with again
        int lock;
        int control;
        std::vector<HandedListener> admin_listeners;
        // The manifest is read once more just before: from exec on there is no way back.
        std::function<Result<void>()> check_manifest;
        std::function<std::vector<HandedOutput>()> outputs = [] {
            return std::vector<HandedOutput>{};
        };
        // Only asked for when it comes to it: there may be much of them.
        std::function<std::vector<HandedLines>()> lines = [] { return std::vector<HandedLines>{}; };
    };
    Upgrader(EventLoop& loop, Log& log, Supervisor& supervisor, Readiness& readiness, Parts parts);

    // Answers only when it does not come to it: if all goes well nobody is left to answer. The
    // asker's connection is passed on, and closed otherwise.
    using Refused = std::function<void(const Error& reason)>;
    void begin(std::optional<HandedAsker> asker, Refused on_refused);

private:
    Result<void> rehearse();
    void on_rehearsed(const Result<std::string>& version);
    void attempt();
    Result<void> hand_over();
    void refuse(const Error& reason);
    std::string identity() const;
    Handover handover() const;

    EventLoop& loop_;
    Log& log_;
    Supervisor& supervisor_;
    Readiness& readiness_;
    Parts parts_;
    UniqueFd image_;  // our own, for a tenant that the next version cannot serve

    bool under_way_ = false;
    std::optional<HandedAsker> asker_;
    Refused on_refused_;
    std::string rehearsed_;  // identity of the file that has passed
    std::unique_ptr<Rehearsal> rehearsal_;
    int attempts_ = 0;
    Timer next_attempt_;
};

}  // namespace posta::supervisor
