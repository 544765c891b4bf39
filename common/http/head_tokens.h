#pragma once
// A whole head split into its start line and fields; implemented with llhttp.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/http/head.h"

namespace posta::http {

enum class MessageKind { request, response };

// `head` is complete (head_scanner.h says so, and where its lines end) and lives as long as the
// fields are used. Only what both llhttp and the lines themselves agree on is accepted.
std::optional<Fault> split_fields(MessageKind kind, std::string_view head,
                                  const std::vector<std::uint32_t>& line_ends,
                                  std::vector<Field>& fields);

}  // namespace posta::http
