#pragma once
// What requests and responses have in common: the fields that say where a message ends. Pure.

#include <optional>
#include <string_view>
#include <vector>

#include "common/http/head.h"

namespace posta::http {

// The fields that the rules look at, found in one pass over a head.
struct KnownFields {
    std::string_view host;
    std::string_view content_length;
    std::string_view transfer_encoding;
    std::string_view expect;
    std::string_view upgrade;
    std::string_view content_type;
    int hosts = 0;
    int content_lengths = 0;
    int transfer_encodings = 0;
    int expects = 0;
    int upgrades = 0;
    int content_types = 0;
    // Members of Connection, all fields of that name together.
    bool close = false;
    bool keep_alive = false;
    bool connection_upgrade = false;
    bool lists_fields = false;       // what may be the name of a field
    bool names_vital_field = false;  // Connection lists a field that decides framing or routing
    bool malformed_connection = false;
};

KnownFields find_known(const std::vector<Field>& fields);

// Reads Content-Length and Transfer-Encoding into `framing`, which stays `none` without them.
std::optional<Fault> read_framing(const KnownFields& known, int minor_version, Framing& framing);

}  // namespace posta::http
