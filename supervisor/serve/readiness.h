#pragma once
// Tells whoever started the supervisor how it is: a newline to --notify-fd (OpenRC) once, when
// everything is up, and systemd's words to NOTIFY_SOCKET: READY=1 at the start and when a reload or
// an upgrade is over, RELOADING=1 when one begins, STOPPING=1. What fails is only logged.

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/unique_fd.h"

namespace posta::supervisor {

class Readiness {
public:
    // `notify_fd`: as given on the command line; -1 for none. Close-on-exec by now.
    // `notify_socket`: a path, or "@" and an abstract name; empty for none. `clock` gives the time
    // that RELOADING=1 must carry.
    Readiness(int notify_fd, std::string notify_socket, const Clock& clock);

    void tell(Log& log);
    bool told() const { return told_; }
    void tell_reloading(Log& log);
    void tell_reloaded(Log& log);
    void tell_stopping(Log& log);
    // The image before this one has told the newline already.
    void take_over() { told_ = true; }

private:
    void tell_socket(std::string_view message, Log& log) const;

    std::string notify_socket_;
    const Clock& clock_;
    UniqueFd notify_;
    bool told_ = false;
};

}  // namespace posta::supervisor
