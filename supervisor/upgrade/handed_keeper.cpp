#include "supervisor/upgrade/handed_keeper.h"

#include <array>
#include <limits>

#include "common/base/encoding.h"
#include "common/contracts/fields.h"

namespace posta::supervisor {

using contracts::array_field;
using contracts::boolean_field;
using contracts::integer_field;
using contracts::string_field;

namespace {

constexpr std::int64_t kMaxInt = std::numeric_limits<int>::max();
constexpr std::array<std::string_view, 5> kWas{"down", "starting", "ready", "restarting",
                                               "stopping"};

void write(json::Writer& out, const HandedChild& child) {
    out.begin_object()
        .member("pid", child.pid)
        .member("channel", child.channel)
        .member("unread", base64_encode(child.unread))
        .end_object();
}

Result<HandedChild> child_from(const json::Value& object) {
    HandedChild child;
    child.pid = TRY(int_field(object, "pid"));
    child.channel = TRY(int_field(object, "channel"));
    const std::string unread = TRY(string_field(object, "unread"));
    child.unread = base64_decode(unread).value_or("");
    if (child.pid <= 0) return Error{ErrorCode::invalid, "a child without a process"};
    return child;
}

Result<HandedKeeper::Was> was_field(const json::Value& object) {
    const std::string text = TRY(string_field(object, "was"));
    for (std::size_t at = 0; at < kWas.size(); ++at)
        if (kWas[at] == text) return static_cast<HandedKeeper::Was>(at);
    return Error{ErrorCode::invalid, "unknown state \"" + text + "\""};
}

Result<void> read_last_exit(const json::Value& object, HandedKeeper& keeper) {
    // Absent when nothing has exited, and from a version that did not tell.
    if (object.find("exit_text") == nullptr) return {};
    keeper.last_exit_text = TRY(string_field(object, "exit_text"));
    Exit exit;
    exit.code = TRY(integer_field(object, "exit_code", -1, kMaxInt));
    exit.signal = TRY(int_field(object, "exit_signal"));
    keeper.last_exit = exit;
    return {};
}

}  // namespace

Result<int> int_field(const json::Value& object, std::string_view name) {
    const std::int64_t value = TRY(integer_field(object, name, -1, kMaxInt));
    return static_cast<int>(value);
}

void write(json::Writer& out, const HandedKeeper& keeper) {
    out.begin_object()
        .member("was", kWas[static_cast<std::size_t>(keeper.was)])
        .member("serving", keeper.serving);
    out.key("current");
    if (keeper.current)
        write(out, *keeper.current);
    else
        out.null();
    out.key("leaving").begin_array();
    for (const HandedChild& child : keeper.leaving) write(out, child);
    out.end_array();
    out.member("started_ms", keeper.started_ms)
        .member("ready_after_ms", keeper.ready_after_ms)
        .member("restarts", keeper.restarts)
        .member("reason", keeper.reason)
        .member("report", keeper.report);
    if (keeper.migrating) out.member("migrating", true);
    if (keeper.last_exit)
        out.member("exit_code", keeper.last_exit->code)
            .member("exit_signal", keeper.last_exit->signal)
            .member("exit_text", keeper.last_exit_text);
    out.end_object();
}

Result<HandedKeeper> keeper_from(const json::Value& object) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    HandedKeeper keeper;
    keeper.was = TRY(was_field(object));
    keeper.serving = TRY(boolean_field(object, "serving"));
    const json::Value* const current = object.find("current");
    if (current != nullptr && current->kind() == json::Kind::object)
        keeper.current = TRY(child_from(*current));
    const json::Value* const leaving = TRY(array_field(object, "leaving"));
    for (const json::Value& one : leaving->elements()) {
        HandedChild child = TRY(child_from(one));
        keeper.leaving.push_back(std::move(child));
    }
    keeper.started_ms = TRY(integer_field(object, "started_ms", -1, kMost));
    keeper.ready_after_ms = TRY(integer_field(object, "ready_after_ms", -1, kMost));
    keeper.restarts = TRY(int_field(object, "restarts"));
    keeper.reason = TRY(string_field(object, "reason"));
    keeper.report = TRY(string_field(object, "report"));
    if (object.find("migrating") != nullptr)
        keeper.migrating = TRY(boolean_field(object, "migrating"));
    TRY(read_last_exit(object, keeper));
    if ((keeper.was == HandedKeeper::Was::down) == keeper.current.has_value())
        return Error{ErrorCode::invalid, "a state that does not go with its process"};
    return keeper;
}

}  // namespace posta::supervisor
