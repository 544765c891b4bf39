#pragma once
// Server-Sent Events as bytes, and what a client sends back of them. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace posta::worker {

inline constexpr std::string_view kEventStreamType = "text/event-stream";
// A client that lost its stream asks again after so many milliseconds.
inline constexpr std::string_view kRetryFrame = "retry: 2000\n\n";
inline constexpr std::string_view kCommentFrame = ": still here\n\n";

// `data` may hold line ends: a payload is passed on as it was written. Each of its lines becomes a
// field of its own, and the client joins them again.
std::string event_frame(std::string_view name, std::int64_t id, std::string_view data);

// What Last-Event-ID says; nothing for what no id of ours looks like.
std::optional<std::int64_t> read_event_id(std::string_view text);

}  // namespace posta::worker
