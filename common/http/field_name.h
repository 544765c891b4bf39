#pragma once
// The names of fields that decide something here or concern one connection only, told apart once,
// when a head is read. Pure.

#include <cstdint>
#include <string_view>

namespace posta::http {

enum class FieldName : std::uint8_t {
    other,
    host,
    expect,
    content_type,
    content_length,
    transfer_encoding,
    // Of one connection, from here on.
    connection,
    keep_alive,
    te,
    upgrade,
    http2_settings,
    proxy_connection,
};

// In any case of letters.
FieldName field_name(std::string_view name);

inline bool concerns_one_connection(FieldName name) { return name >= FieldName::connection; }

}  // namespace posta::http
