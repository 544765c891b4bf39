#include "worker/events/event_frame.h"

#include <charconv>

namespace posta::worker {

std::string event_frame(std::string_view name, std::int64_t id, std::string_view data) {
    std::string frame;
    frame.reserve(name.size() + data.size() + 64);
    frame.append("event: ").append(name).append("\nid: ").append(std::to_string(id));
    for (std::string_view rest = data;;) {
        const std::size_t end = rest.find_first_of("\r\n");
        frame.append("\ndata: ").append(rest.substr(0, end));
        if (end == std::string_view::npos) break;
        const bool both = rest.substr(end).starts_with("\r\n");
        rest.remove_prefix(end + (both ? 2 : 1));
    }
    return frame.append("\n\n");
}

std::optional<std::int64_t> read_event_id(std::string_view text) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size() || id < 0) return std::nullopt;
    return id;
}

}  // namespace posta::worker
