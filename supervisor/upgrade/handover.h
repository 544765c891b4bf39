#pragma once
// What a supervisor passes to its successor in an upgrade: the image of another version, in the
// same process. Pure values and their JSON.
//
// Descriptors are named by number, since they stay open across exec; children stay children. What
// is not in here is lost with the old image, so it is what a supervisor cannot find out again:
// sockets, processes, which settings each was started with, who was stopped by an operator.
//
// The form may only grow, by members that an older reader does not miss; anything else is another
// kHandoverFormat, which the older one refuses before it has begun.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "supervisor/lifecycle/obituary.h"

namespace posta::supervisor {

constexpr int kHandoverFormat = 1;

struct HandedChild {
    int pid = 0;
    int channel = -1;    // when it has closed it, by dying just now perhaps
    std::string unread;  // the beginning of a line
};

struct HandedKeeper {
    enum class Was : std::uint8_t { down, starting, ready, restarting, stopping };
    Was was = Was::down;
    bool serving = false;
    bool migrating = false;  // the current one has said so
    std::optional<HandedChild> current;
    std::vector<HandedChild> leaving;

    std::int64_t started_ms = -1;  // wall clock
    std::int64_t ready_after_ms = -1;
    int restarts = 0;
    std::string reason;
    std::string report;
    std::optional<Exit> last_exit;
    std::string last_exit_text;
};

struct HandedTenant {
    std::string slug;
    std::string settings;  // the line of contracts/settings.h that says how it is run now
    bool enabled = true;
    bool stopped = false;               // by an operator
    bool started_with_settings = true;  // the current process was
    int socket = -1;
    HandedKeeper keeper;
};

struct HandedListener {
    std::string address;
    int socket = -1;
};

// The reading end of what processes of that name write.
struct HandedOutput {
    std::string name;
    int pipe = -1;
};

// What `ctl logs` shows of that name, the oldest first.
struct HandedLines {
    std::string name;
    std::vector<std::string> lines;
};

// Who waits for the answer to `upgrade`.
struct HandedAsker {
    int connection = -1;
    std::int64_t pid = 0;
    std::int64_t uid = 0;
};

struct Handover {
    std::string version;  // of who passes it on
    std::string program;  // the path that the supervisor is run by
    int lock = -1;
    int control = -1;
    int image = -1;  // of the version that passes it on
    std::vector<HandedListener> listeners;
    std::vector<HandedListener> admin_listeners;
    std::vector<HandedKeeper> fronts;
    std::vector<HandedTenant> tenants;
    std::vector<HandedOutput> outputs;
    std::vector<HandedLines> lines;
    std::optional<HandedAsker> asker;
};

std::string to_json(const Handover& handover);
// `invalid`: of another format, or not such a thing.
Result<Handover> handover_from(std::string_view json);
// Everything that must stay open.
std::vector<int> descriptors_of(const Handover& handover);

}  // namespace posta::supervisor
