#include "common/contracts/traffic.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "common/contracts/channel.h"
#include "common/contracts/fields.h"
#include "common/json/write.h"

namespace posta::contracts {

namespace {

constexpr std::string_view kWord = "traffic ";
// Bounds each addition, so that no child can make a sum overflow.
constexpr std::int64_t kMostAtOnce = std::int64_t{1} << 40;

template <std::size_t count>
void write_counts(json::Writer& out, const std::array<std::uint64_t, count>& counts) {
    out.begin_array();
    for (const std::uint64_t number : counts) out.number(static_cast<std::int64_t>(number));
    out.end_array();
}

template <std::size_t count>
Result<void> read_counts(const json::Value& array, std::array<std::uint64_t, count>& counts) {
    if (array.elements().size() != count)
        return Error{ErrorCode::invalid, "traffic: wrong number of counts"};
    for (std::size_t at = 0; at < count; ++at) {
        const auto number = array.elements()[at].integer();
        if (!number || *number < 0 || *number > kMostAtOnce)
            return Error{ErrorCode::invalid, "traffic: a count that is none"};
        counts[at] = static_cast<std::uint64_t>(*number);
    }
    return {};
}

std::string member_of(std::string_view slug, const Traffic& traffic) {
    json::Writer out;
    out.begin_object().key(slug).begin_array();
    write_counts(out, traffic.by_class);
    write_counts(out, traffic.latency);
    out.number(static_cast<std::int64_t>(traffic.latency_us)).number(traffic.streams);
    const std::string object = std::move(out.end_array().end_object()).text();
    return object.substr(1, object.size() - 2);
}

Result<Traffic> traffic_of(const json::Value& value) {
    constexpr std::size_t kParts = 4;
    if (value.elements().size() != kParts)
        return Error{ErrorCode::invalid, "traffic: wrong number of parts"};
    Traffic traffic;
    TRY(read_counts(value.elements()[0], traffic.by_class));
    TRY(read_counts(value.elements()[1], traffic.latency));
    const auto latency_us = value.elements()[2].integer();
    const auto streams = value.elements()[3].integer();
    if (!latency_us || *latency_us < 0 || *latency_us > kMostAtOnce || !streams || *streams < 0 ||
        *streams > kMostAtOnce)
        return Error{ErrorCode::invalid, "traffic: a number that is none"};
    traffic.latency_us = static_cast<std::uint64_t>(*latency_us);
    traffic.streams = *streams;
    return traffic;
}

}  // namespace

void Traffic::count(int status, std::chrono::microseconds took) {
    const auto known = static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1);
    ++by_class[known];
    std::size_t bucket = 0;
    while (bucket < kLatencyBoundsMs.size() &&
           took > std::chrono::milliseconds(kLatencyBoundsMs[bucket]))
        ++bucket;
    ++latency[bucket];
    latency_us += static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.count()));
}

void Traffic::add(const Traffic& more) {
    for (std::size_t at = 0; at < by_class.size(); ++at) by_class[at] += more.by_class[at];
    for (std::size_t at = 0; at < latency.size(); ++at) latency[at] += more.latency[at];
    latency_us += more.latency_us;
}

std::uint64_t Traffic::requests() const {
    return std::accumulate(by_class.begin(), by_class.end(), std::uint64_t{0});
}

std::vector<std::string> traffic_lines(const TrafficByTenant& added) {
    std::vector<std::string> lines;
    std::string line;
    for (const auto& [slug, traffic] : added) {
        const std::string member = member_of(slug, traffic);
        if (!line.empty() && line.size() + member.size() + 2 > kMaxReportBytes)
            lines.push_back(std::exchange(line, "") + "}");
        line += line.empty() ? std::string(kWord) + "{" : ",";
        line += member;
    }
    if (!line.empty()) lines.push_back(line + "}");
    return lines;
}

Result<TrafficByTenant> traffic_from(std::string_view json_text) {
    const json::Value object = TRY(object_from(json_text, "traffic"));
    TrafficByTenant tenants;
    for (const json::Value::Member& member : object.members()) {
        const Traffic traffic = TRY(traffic_of(member.second));
        tenants.emplace(member.first, traffic);
    }
    return tenants;
}

}  // namespace posta::contracts
