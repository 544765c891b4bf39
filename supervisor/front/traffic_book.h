#pragma once
// What this front has counted for each tenant and not told yet. Pure.

#include <string>

#include "common/contracts/traffic.h"

namespace posta::supervisor {

class TrafficBook {
public:
    // Stays where it is: a request keeps it until its answer.
    contracts::Traffic& of(const std::string& slug) { return counts_[slug]; }

    // What was added since the last call, and how many streams are open now.
    contracts::TrafficByTenant take();

private:
    contracts::TrafficByTenant counts_;
    std::map<std::string, std::int64_t, std::less<>> streams_told_;
};

}  // namespace posta::supervisor
