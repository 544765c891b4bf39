#include "supervisor/upgrade/handover.h"

#include <limits>

#include "common/contracts/fields.h"
#include "common/json/write.h"
#include "supervisor/upgrade/handed_keeper.h"

namespace posta::supervisor {

namespace {

using contracts::array_field;
using contracts::boolean_field;
using contracts::integer_field;
using contracts::string_field;
using contracts::strings_field;

constexpr std::int64_t kMaxInt = std::numeric_limits<int>::max();

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
