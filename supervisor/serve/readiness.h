#pragma once
// Tells whoever started the supervisor that everything is up: a newline to --notify-fd (OpenRC) and
// READY=1 to NOTIFY_SOCKET (systemd's protocol). Once; what fails is only logged.

#include <optional>

#include "common/base/log.h"
#include "common/base/unique_fd.h"

namespace posta::supervisor {

class Readiness {
public:
    // `notify_fd`: as given on the command line; -1 for none. Close-on-exec by now.
    explicit Readiness(int notify_fd);

    void tell(Log& log);
    bool told() const { return told_; }

private:
    UniqueFd notify_;
    bool told_ = false;
};

}  // namespace posta::supervisor
