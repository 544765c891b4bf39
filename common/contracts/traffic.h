#pragma once
// What a front counts for each tenant, as it goes up to the supervisor. Pure.
//
// Fronts come and go, so they send what was added since they last said something, and the
// supervisor keeps the sums: a front that dies takes a heartbeat's counts with it and no more.
// Only tenants with something new are named, in lines of a bounded length.

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace posta::contracts {

// Upper bounds; one more bucket takes what is slower.
constexpr std::array<int, 12> kLatencyBoundsMs{1,   2,   5,   10,   25,   50,
                                               100, 250, 500, 1000, 2500, 10000};
constexpr std::size_t kStatusClasses = 5;  // 1xx to 5xx

struct Traffic {
    std::array<std::uint64_t, kStatusClasses> by_class{};
    std::array<std::uint64_t, kLatencyBoundsMs.size() + 1> latency{};
    std::uint64_t latency_us = 0;  // of all together
    std::int64_t streams = 0;      // event streams that are open: as it is, not what was added

    // `took`: from the whole request head to the last byte of the answer; of an event stream, to
    // its first.
    void count(int status, std::chrono::microseconds took);
    void add(const Traffic& more);  // all but `streams`
    std::uint64_t requests() const;
};

using TrafficByTenant = std::map<std::string, Traffic, std::less<>>;

// "traffic {...}" lines of at most kMaxReportBytes, without newline.
std::vector<std::string> traffic_lines(const TrafficByTenant& added);
// From what follows "traffic ". Every number is whole and not negative.
Result<TrafficByTenant> traffic_from(std::string_view json);

}  // namespace posta::contracts
