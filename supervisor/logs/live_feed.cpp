#include "supervisor/logs/live_feed.h"

#include <algorithm>
#include <array>

#include "common/base/rfc3339.h"
#include "common/json/write.h"
#include "supervisor/logs/child_line.h"

namespace posta::supervisor {

LiveFeed::LiveFeed(EventLoop& loop, const Clock& clock, LogFormat format, int log_fd,
                   TrafficTable& traffic)
    : loop_(loop), clock_(clock), format_(format), log_fd_(log_fd), traffic_(traffic) {}

Result<UniqueFd> LiveFeed::open_output(const std::string& name) {
    auto ends = TRY(output_pipe());
    read_from(name, std::move(ends.first));
    return std::move(ends.second);
}

void LiveFeed::read_from(const std::string& name, UniqueFd reading_end) {
    ChildOutputOwner& owner = *this;  // converts here, where the base is accessible
    auto output = std::make_unique<ChildOutput>(loop_, std::move(reading_end), owner);
    const ChildOutput* const key = output.get();
    outputs_.emplace(key, Open{name, std::move(output)});
}

std::vector<HandedOutput> LiveFeed::hand_over() const {
    std::vector<HandedOutput> outputs;
    for (const auto& [key, open] : outputs_) outputs.push_back({open.name, open.output->fd()});
    return outputs;
}

std::vector<HandedLines> LiveFeed::hand_over_lines() const {
    // It is written, and read again, while nobody's signals and orders are listened to.
    constexpr std::size_t kMostBytesInAll = 8 * 1024 * 1024;
    std::vector<HandedLines> all;
    for (const auto& [name, remembered] : rings_) {
        HandedLines lines{name, {}};
        std::size_t left = kMostBytesInAll / rings_.size();
        const auto views = remembered.ring.last(LogRing::kMostLines);
        auto first = views.end();
        while (first != views.begin() && std::prev(first)->size() <= left)
            left -= (--first)->size();
        lines.lines.assign(first, views.end());
        all.push_back(std::move(lines));
    }
    return all;
}

void LiveFeed::take_over(const std::vector<HandedOutput>& outputs,
                         const std::vector<HandedLines>& lines) {
    for (const HandedLines& of_one : lines)
        for (const std::string& line : of_one.lines) remember(of_one.name, line);
    for (const HandedOutput& output : outputs) read_from(output.name, UniqueFd(output.pipe));
}

void LiveFeed::on_output_line(ChildOutput& output, std::string_view line) {
    if (line.empty()) return;
    const ChildLine read = read_child_line(line);
    std::vector<LogField> fields;
    fields.reserve(read.fields.size());
    for (const auto& [name, value] : read.fields)
        fields.emplace_back(std::string_view(name), std::string_view(value));
    const std::string name = outputs_.at(&output).name;
    const LogEntry entry{clock_.now(), read.level, name, read.event, fields};
    write(entry);
    remember(name, format_log_entry(entry, LogFormat::json));
}

void LiveFeed::write(const LogEntry& entry) {
    if (lost_ > 0) {
        const std::array<LogField, 1> count{{{"count", lost_}}};
        const LogEntry loss{entry.time, LogLevel::warn, entry.source, "log lines were lost", count};
        if (!write_log_line(log_fd_, bounded_log_line(loss, format_))) {
            ++lost_;
            ++all_lost_;
            return;
        }
    }
    lost_ = write_log_line(log_fd_, bounded_log_line(entry, format_)) ? 0 : 1;
    all_lost_ += lost_;
}

void LiveFeed::on_output_end(ChildOutput& output) { outputs_.erase(&output); }

void LiveFeed::drain_outputs() {
    for (auto& [key, open] : outputs_) open.output->drain();
}

void LiveFeed::remember(std::string_view name, std::string json) {
    auto at = rings_.find(name);
    if (at == rings_.end()) at = rings_.emplace(std::string(name), Remembered{}).first;
    bytes_ -= at->second.ring.bytes();
    if (listener_ != nullptr) listener_->on_log_line(name, json);
    at->second.ring.add(std::move(json));
    at->second.last = clock_.steady();
    bytes_ += at->second.ring.bytes();
    while (bytes_ > kMostBytes) {
        const auto silent = std::min_element(
            rings_.begin(), rings_.end(),
            [](const auto& a, const auto& b) { return a.second.last < b.second.last; });
        bytes_ -= silent->second.ring.bytes();
        rings_.erase(silent);
    }
}

std::vector<std::string_view> LiveFeed::last_lines(std::string_view name, std::size_t count) const {
    const auto at = rings_.find(name);
    if (at == rings_.end()) return {};
    return at->second.ring.last(count);
}

Result<void> LiveFeed::on_traffic(const Keeper& keeper, bool current, std::string_view json) {
    const contracts::TrafficByTenant added = TRY(contracts::traffic_from(json));
    traffic_.add(&keeper, current, added);
    return {};
}

void LiveFeed::on_state(const Keeper& keeper, State before) {
    if (before == State::ready) traffic_.forget_streams(&keeper);
    if (name_of(before) == name_of(keeper.state())) return;
    json::Writer out;
    out.begin_object()
        .member("time", format_time(clock_.now()))
        .member("level", "info")
        .member("source", "supervisor")
        .member("event", "state")
        .member("name", keeper.name())
        .member("kind", keeper.kind() == Keeper::Kind::worker ? "worker" : "front")
        .member("from", name_of(before))
        .member("to", name_of(keeper.state()))
        .key("pid");
    if (keeper.pid() == 0)
        out.null();
    else
        out.number(keeper.pid());
    out.member("reason", keeper.history().reason).end_object();
    std::string json = std::move(out).text();
    if (listener_ != nullptr) listener_->on_state_change(json);
    remember(keeper.name(), std::move(json));
}

}  // namespace posta::supervisor
