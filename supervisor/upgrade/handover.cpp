#include "supervisor/upgrade/handover.h"

#include <array>
#include <limits>

#include "common/base/encoding.h"
#include "common/contracts/fields.h"
#include "common/json/write.h"

namespace posta::supervisor {

namespace {

using contracts::array_field;
using contracts::boolean_field;
using contracts::integer_field;
using contracts::string_field;
using contracts::strings_field;

constexpr std::int64_t kMaxInt = std::numeric_limits<int>::max();
constexpr std::array<std::string_view, 5> kWas{"down", "starting", "ready", "restarting",
                                               "stopping"};

Result<int> int_field(const json::Value& object, std::string_view name) {
    const std::int64_t value = TRY(integer_field(object, name, -1, kMaxInt));
    return static_cast<int>(value);
}

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
    if (child.pid <= 0 || child.channel < 0)
        return Error{ErrorCode::invalid, "a child without a process or channel"};
    return child;
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
    if (keeper.last_exit)
        out.member("exit_code", keeper.last_exit->code)
            .member("exit_signal", keeper.last_exit->signal)
            .member("exit_text", keeper.last_exit_text);
    out.end_object();
}

Result<HandedKeeper::Was> was_field(const json::Value& object) {
    const std::string text = TRY(string_field(object, "was"));
    for (std::size_t at = 0; at < kWas.size(); ++at)
        if (kWas[at] == text) return static_cast<HandedKeeper::Was>(at);
    return Error{ErrorCode::invalid, "unknown state \"" + text + "\""};
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
    // Absent when nothing has exited, and from a version that did not tell.
    if (object.find("exit_text") != nullptr) {
        keeper.last_exit_text = TRY(string_field(object, "exit_text"));
        Exit exit;
        exit.code = TRY(integer_field(object, "exit_code", -1, kMaxInt));
        exit.signal = TRY(int_field(object, "exit_signal"));
        keeper.last_exit = exit;
    }
    if ((keeper.was == HandedKeeper::Was::down) == keeper.current.has_value())
        return Error{ErrorCode::invalid, "a state that does not go with its process"};
    return keeper;
}

void write(json::Writer& out, const HandedTenant& tenant) {
    out.begin_object()
        .member("slug", tenant.slug)
        .member("settings", tenant.settings)
        .member("enabled", tenant.enabled)
        .member("stopped", tenant.stopped)
        .member("started_with_settings", tenant.started_with_settings)
        .member("socket", tenant.socket);
    out.key("keeper");
    write(out, tenant.keeper);
    out.end_object();
}

Result<HandedTenant> tenant_from(const json::Value& object) {
    HandedTenant tenant;
    tenant.slug = TRY(string_field(object, "slug"));
    tenant.settings = TRY(string_field(object, "settings"));
    tenant.enabled = TRY(boolean_field(object, "enabled"));
    tenant.stopped = TRY(boolean_field(object, "stopped"));
    tenant.started_with_settings = TRY(boolean_field(object, "started_with_settings"));
    tenant.socket = TRY(int_field(object, "socket"));
    const json::Value* const keeper = object.find("keeper");
    if (keeper == nullptr) return Error{ErrorCode::invalid, "a tenant without its keeper"};
    tenant.keeper = TRY(keeper_from(*keeper));
    return tenant;
}

Result<std::vector<HandedTenant>> tenants_from(const json::Value& object) {
    std::vector<HandedTenant> tenants;
    const json::Value* const all = TRY(array_field(object, "tenants"));
    for (const json::Value& one : all->elements()) {
        HandedTenant tenant = TRY(tenant_from(one));
        tenants.push_back(std::move(tenant));
    }
    return tenants;
}

Result<std::vector<HandedKeeper>> fronts_from(const json::Value& object) {
    std::vector<HandedKeeper> fronts;
    const json::Value* const all = TRY(array_field(object, "fronts"));
    for (const json::Value& one : all->elements()) {
        HandedKeeper front = TRY(keeper_from(one));
        fronts.push_back(std::move(front));
    }
    return fronts;
}

void write(json::Writer& out, std::string_view name, const std::vector<HandedListener>& listeners) {
    out.key(name).begin_array();
    for (const HandedListener& listener : listeners)
        out.begin_object()
            .member("address", listener.address)
            .member("socket", listener.socket)
            .end_object();
    out.end_array();
}

void write(json::Writer& out, const std::vector<HandedLines>& all) {
    out.key("lines").begin_array();
    for (const HandedLines& one : all) {
        out.begin_object().member("name", one.name).key("lines").begin_array();
        for (const std::string& line : one.lines) out.string(line);
        out.end_array().end_object();
    }
    out.end_array();
}

Result<std::vector<HandedListener>> listeners_from(const json::Value& object,
                                                   std::string_view name) {
    std::vector<HandedListener> listeners;
    const json::Value* const all = TRY(array_field(object, name));
    for (const json::Value& one : all->elements()) {
        HandedListener listener;
        listener.address = TRY(string_field(one, "address"));
        listener.socket = TRY(int_field(one, "socket"));
        listeners.push_back(std::move(listener));
    }
    return listeners;
}

Result<std::vector<HandedOutput>> outputs_from(const json::Value& object) {
    std::vector<HandedOutput> outputs;
    const json::Value* const all = TRY(array_field(object, "outputs"));
    for (const json::Value& one : all->elements()) {
        HandedOutput output;
        output.name = TRY(string_field(one, "name"));
        output.pipe = TRY(int_field(one, "pipe"));
        outputs.push_back(std::move(output));
    }
    return outputs;
}

// Absent from a version that did not pass them on.
Result<std::vector<HandedLines>> lines_from(const json::Value& object) {
    std::vector<HandedLines> all;
    if (object.find("lines") == nullptr) return all;
    const json::Value* const names = TRY(array_field(object, "lines"));
    for (const json::Value& one : names->elements()) {
        HandedLines of_one;
        of_one.name = TRY(string_field(one, "name"));
        of_one.lines = TRY(strings_field(one, "lines"));
        all.push_back(std::move(of_one));
    }
    return all;
}

Result<std::optional<HandedAsker>> asker_from(const json::Value& object) {
    const json::Value* const found = object.find("asker");
    if (found == nullptr || found->kind() != json::Kind::object)
        return std::optional<HandedAsker>();
    HandedAsker asker;
    asker.connection = TRY(int_field(*found, "connection"));
    asker.pid = TRY(integer_field(*found, "pid", 0, kMaxInt));
    asker.uid = TRY(integer_field(*found, "uid", 0, std::numeric_limits<std::uint32_t>::max()));
    return std::optional<HandedAsker>(asker);
}

}  // namespace

std::string to_json(const Handover& handover) {
    json::Writer out;
    out.begin_object()
        .member("format", kHandoverFormat)
        .member("version", handover.version)
        .member("program", handover.program)
        .member("lock", handover.lock)
        .member("control", handover.control)
        .member("image", handover.image);
    write(out, "listeners", handover.listeners);
    write(out, "admin_listeners", handover.admin_listeners);
    out.key("fronts").begin_array();
    for (const HandedKeeper& front : handover.fronts) write(out, front);
    out.end_array();
    out.key("tenants").begin_array();
    for (const HandedTenant& tenant : handover.tenants) write(out, tenant);
    out.end_array();
    out.key("outputs").begin_array();
    for (const HandedOutput& output : handover.outputs)
        out.begin_object().member("name", output.name).member("pipe", output.pipe).end_object();
    out.end_array();
    write(out, handover.lines);
    if (handover.asker)
        out.key("asker")
            .begin_object()
            .member("connection", handover.asker->connection)
            .member("pid", handover.asker->pid)
            .member("uid", handover.asker->uid)
            .end_object();
    out.end_object();
    return std::move(out).text();
}

Result<Handover> handover_from(std::string_view json) {
    const json::Value object = TRY(contracts::object_from(json, "handover"));
    const std::int64_t format = TRY(integer_field(object, "format", 0, kMaxInt));
    if (format != kHandoverFormat)
        return Error{ErrorCode::invalid, "the handover is of format " + std::to_string(format) +
                                             ", this version takes " +
                                             std::to_string(kHandoverFormat) +
                                             " (restart the server instead)"};
    Handover handover;
    handover.version = TRY(string_field(object, "version"));
    handover.program = TRY(string_field(object, "program"));
    handover.lock = TRY(int_field(object, "lock"));
    handover.control = TRY(int_field(object, "control"));
    handover.image = TRY(int_field(object, "image"));
    handover.listeners = TRY(listeners_from(object, "listeners"));
    handover.admin_listeners = TRY(listeners_from(object, "admin_listeners"));
    handover.fronts = TRY(fronts_from(object));
    handover.tenants = TRY(tenants_from(object));
    handover.outputs = TRY(outputs_from(object));
    handover.lines = TRY(lines_from(object));
    handover.asker = TRY(asker_from(object));
    return handover;
}

std::vector<int> descriptors_of(const Handover& handover) {
    std::vector<int> all{handover.lock, handover.control, handover.image};
    const auto add = [&all](const HandedKeeper& keeper) {
        if (keeper.current) all.push_back(keeper.current->channel);
        for (const HandedChild& child : keeper.leaving) all.push_back(child.channel);
    };
    for (const auto& listeners : {handover.listeners, handover.admin_listeners})
        for (const HandedListener& listener : listeners) all.push_back(listener.socket);
    for (const HandedKeeper& front : handover.fronts) add(front);
    for (const HandedTenant& tenant : handover.tenants) {
        all.push_back(tenant.socket);
        add(tenant.keeper);
    }
    for (const HandedOutput& output : handover.outputs) all.push_back(output.pipe);
    if (handover.asker) all.push_back(handover.asker->connection);
    std::erase_if(all, [](int descriptor) { return descriptor < 0; });
    return all;
}

}  // namespace posta::supervisor
