#pragma once
// A whole head split into its start line and fields; implemented with llhttp.

#include <optional>
#include <string_view>
#include <vector>

#include "common/http/head.h"

namespace posta::http {

enum class MessageKind { request, response };

// `head` is complete (head_scanner.h says so) and lives as long as the fields are used. Only what
// both llhttp and the lines themselves agree on is accepted. `start_line`: its length, without
// CRLF.
std::optional<Fault> split_fields(MessageKind kind, std::string_view head, std::size_t start_line,
                                  std::vector<Field>& fields);

// The first line without its CRLF.
std::string_view start_line_of(std::string_view head);

}  // namespace posta::http
