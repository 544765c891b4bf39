#include "common/contracts/settings.h"

#include <limits>

#include "common/contracts/fields.h"
#include "common/json/write.h"

namespace posta::contracts {

namespace {

constexpr std::int64_t kMaxInt = std::numeric_limits<int>::max();

void write_strings(json::Writer& out, std::string_view name,
                   const std::vector<std::string>& strings) {
    out.key(name).begin_array();
    for (const std::string& text : strings) out.string(text);
    out.end_array();
}

// -1 stands for "stays as it is".
void write_user(json::Writer& out, std::optional<uid_t> uid, std::optional<gid_t> gid) {
    out.member("uid", uid ? std::int64_t{*uid} : -1);
    out.member("gid", gid ? std::int64_t{*gid} : -1);
}

Result<std::optional<uid_t>> id_field(const json::Value& object, std::string_view name) {
    const std::int64_t id =
        TRY(integer_field(object, name, -1, std::int64_t{std::numeric_limits<uid_t>::max()} - 1));
    if (id < 0) return std::optional<uid_t>();
    return std::optional<uid_t>(static_cast<uid_t>(id));
}

Result<int> int_field(const json::Value& object, std::string_view name) {
    const std::int64_t value = TRY(integer_field(object, name, 0, kMaxInt));
    return static_cast<int>(value);
}

Result<LogLevel> level_field(const json::Value& object, std::string_view name) {
    const std::string text = TRY(string_field(object, name));
    const auto level = log_level_from(text);
    if (!level) return Error{ErrorCode::invalid, "unknown log level \"" + text + "\""};
    return *level;
}

Result<LogFormat> format_field(const json::Value& object, std::string_view name) {
    const std::string text = TRY(string_field(object, name));
    if (text == "text") return LogFormat::text;
    if (text == "json") return LogFormat::json;
    return Error{ErrorCode::invalid, "unknown log format \"" + text + "\""};
}

std::string_view name_of_format(LogFormat format) {
    return format == LogFormat::json ? "json" : "text";
}

Result<manifest::Acl> acl_field(const json::Value& object, std::string_view name) {
    using manifest::Acl;
    const std::string text = TRY(string_field(object, name));
    for (const Acl acl : {Acl::open, Acl::contacts})
        if (text == manifest::name_of(acl)) return acl;
    return Error{ErrorCode::invalid, "unknown acl \"" + text + "\""};
}

Result<manifest::TenantSettings> tenant_from(const json::Value& object) {
    manifest::TenantSettings tenant;
    tenant.acl = TRY(acl_field(object, "acl"));
    tenant.rate_per_minute = TRY(int_field(object, "rate_per_minute"));
    tenant.rate_per_minute_address = TRY(int_field(object, "rate_per_minute_address"));
    tenant.allow_private_peers = TRY(boolean_field(object, "allow_private_peers"));
    tenant.ca_bundle = TRY(string_field(object, "ca_bundle"));
    tenant.log_level = TRY(level_field(object, "log_level"));
    tenant.memory_limit_mb = TRY(int_field(object, "memory_limit_mb"));
    tenant.descriptor_limit = TRY(int_field(object, "descriptor_limit"));
    tenant.database_limit_mb = TRY(int_field(object, "database_limit_mb"));
    tenant.require_layers = TRY(strings_field(object, "require_layers"));
    return tenant;
}

Result<manifest::AccessLog> access_log_field(const json::Value& object, std::string_view name) {
    const std::string text = TRY(string_field(object, name));
    if (const auto mode = manifest::access_log_from(text)) return *mode;
    return Error{ErrorCode::invalid, "unknown access log \"" + text + "\""};
}

Result<manifest::ClientBounds> bounds_from(const json::Value& object) {
    manifest::ClientBounds bounds;
    bounds.head_seconds = TRY(int_field(object, "head_seconds"));
    bounds.body_idle_seconds = TRY(int_field(object, "body_idle_seconds"));
    bounds.keep_alive_seconds = TRY(int_field(object, "keep_alive_seconds"));
    bounds.hold_seconds = TRY(int_field(object, "hold_seconds"));
    bounds.answer_seconds = TRY(int_field(object, "answer_seconds"));
    bounds.connections_per_address = TRY(int_field(object, "connections_per_address"));
    bounds.head_bytes = TRY(int_field(object, "head_bytes"));
    bounds.head_fields = TRY(int_field(object, "head_fields"));
    return bounds;
}

}  // namespace

std::string to_line(const WorkerSettings& settings) {
    json::Writer out;
    out.begin_object().member("slug", settings.slug).member("url", settings.url);
    write_strings(out, "hosts", settings.hosts);
    out.member("data_dir", settings.data_dir);
    write_user(out, settings.uid, settings.gid);
    const manifest::TenantSettings& tenant = settings.tenant;
    out.member("acl", manifest::name_of(tenant.acl))
        .member("rate_per_minute", tenant.rate_per_minute)
        .member("rate_per_minute_address", tenant.rate_per_minute_address)
        .member("allow_private_peers", tenant.allow_private_peers)
        .member("ca_bundle", tenant.ca_bundle)
        .member("log_level", name_of(tenant.log_level))
        .member("memory_limit_mb", tenant.memory_limit_mb)
        .member("descriptor_limit", tenant.descriptor_limit)
        .member("database_limit_mb", tenant.database_limit_mb)
        .member("log_format", name_of_format(settings.log_format));
    write_strings(out, "require_layers", tenant.require_layers);
    out.end_object();
    return std::move(out).text();
}

std::string to_line(const FrontSettings& settings) {
    json::Writer out;
    out.begin_object().member("listeners", settings.listeners);
    write_user(out, settings.uid, settings.gid);
    write_strings(out, "trusted_proxies", settings.trusted_proxies);
    write_strings(out, "require_layers", settings.require_layers);
    out.member("proxy_protocol", settings.proxy_protocol)
        .member("access_log", manifest::name_of(settings.access_log))
        .member("head_seconds", settings.bounds.head_seconds)
        .member("body_idle_seconds", settings.bounds.body_idle_seconds)
        .member("keep_alive_seconds", settings.bounds.keep_alive_seconds)
        .member("hold_seconds", settings.bounds.hold_seconds)
        .member("answer_seconds", settings.bounds.answer_seconds)
        .member("connections_per_address", settings.bounds.connections_per_address)
        .member("head_bytes", settings.bounds.head_bytes)
        .member("head_fields", settings.bounds.head_fields)
        .member("log_level", name_of(settings.log_level))
        .member("log_format", name_of_format(settings.log_format));
    out.end_object();
    return std::move(out).text();
}

Result<WorkerSettings> worker_settings_from(std::string_view line) {
    const json::Value object = TRY(object_from(line, "worker settings"));
    WorkerSettings settings;
    settings.slug = TRY(string_field(object, "slug"));
    settings.url = TRY(string_field(object, "url"));
    settings.hosts = TRY(strings_field(object, "hosts"));
    settings.data_dir = TRY(string_field(object, "data_dir"));
    settings.uid = TRY(id_field(object, "uid"));
    settings.gid = TRY(id_field(object, "gid"));
    settings.tenant = TRY(tenant_from(object));
    settings.log_format = TRY(format_field(object, "log_format"));
    return settings;
}

Result<FrontSettings> front_settings_from(std::string_view line) {
    const json::Value object = TRY(object_from(line, "front settings"));
    FrontSettings settings;
    settings.listeners = TRY(int_field(object, "listeners"));
    settings.uid = TRY(id_field(object, "uid"));
    settings.gid = TRY(id_field(object, "gid"));
    settings.trusted_proxies = TRY(strings_field(object, "trusted_proxies"));
    settings.proxy_protocol = TRY(boolean_field(object, "proxy_protocol"));
    settings.access_log = TRY(access_log_field(object, "access_log"));
    settings.bounds = TRY(bounds_from(object));
    settings.require_layers = TRY(strings_field(object, "require_layers"));
    settings.log_level = TRY(level_field(object, "log_level"));
    settings.log_format = TRY(format_field(object, "log_format"));
    return settings;
}

}  // namespace posta::contracts
