#include "supervisor/control/control_streams.h"

#include "common/json/write.h"

namespace posta::supervisor {

namespace {

// The first line of a stream: whatever happens from here on is told.
std::string following(std::string_view what) {
    json::Writer out;
    out.begin_object().member("following", what).end_object();
    return std::move(out).text();
}

}  // namespace

ControlStreams::ControlStreams(LiveFeed& feed, ControlServer& server)
    : feed_(feed), server_(server) {
    feed_.set_listener(this);
}

ControlStreams::~ControlStreams() { feed_.set_listener(nullptr); }

std::string ControlStreams::recent(std::string_view name, std::size_t lines) const {
    json::Writer out;
    out.begin_object().member("name", name).key("lines").begin_array();
    for (const std::string_view line : feed_.last_lines(name, lines)) out.raw(line);
    return std::move(out.end_array().end_object()).text();
}

bool ControlStreams::follow_logs(std::uint64_t peer, const std::string& name, std::size_t lines) {
    if (!server_.begin_stream(peer, "logs")) return false;
    server_.stream(peer, following(name));
    for (const std::string_view line : feed_.last_lines(name, lines)) server_.stream(peer, line);
    followed_.emplace(peer, name);
    return true;
}

bool ControlStreams::follow_events(std::uint64_t peer) {
    if (!server_.begin_stream(peer, "events")) return false;
    server_.stream(peer, following("events"));
    followed_.emplace(peer, "");
    return true;
}

void ControlStreams::on_log_line(std::string_view name, std::string_view json) {
    for (const auto& [peer, followed] : followed_)
        if (followed == name) server_.stream(peer, json);
}

void ControlStreams::on_state_change(std::string_view json) {
    for (const auto& [peer, followed] : followed_)
        if (followed.empty()) server_.stream(peer, json);
}

}  // namespace posta::supervisor
