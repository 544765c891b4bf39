#pragma once
// `ctl top` as text: two looks at the counts of all tenants become rates, sorted and fitted to a
// terminal. Pure.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/json/parse.h"

namespace posta::supervisor {

struct TopSample {
    struct Tenant {
        std::string state;
        std::int64_t requests = 0;
        std::int64_t failures = 0;
        std::vector<std::int64_t> latency;
        std::optional<std::int64_t> connections;
        std::int64_t streams = 0;
        std::optional<std::int64_t> memory_kb;
        std::int64_t restarts = 0;
    };
    std::vector<std::int64_t> bounds_ms;
    std::map<std::string, Tenant> tenants;
};

// From the `result` of the control command `top`.
Result<TopSample> top_sample_from(const json::Value& result);

struct TopRow {
    std::string name;
    std::string state;
    double requests_per_s = 0;
    double failures_per_s = 0;
    // The bucket's bound that half, and 99 of 100, of the time's requests were under; nothing
    // without requests. A negative one stands for more than the last bound.
    std::optional<std::int64_t> p50_ms;
    std::optional<std::int64_t> p99_ms;
    std::optional<std::int64_t> connections;
    std::int64_t streams = 0;
    std::optional<std::int64_t> memory_kb;
    std::int64_t restarts = 0;
};

std::vector<TopRow> top_rows(const TopSample& before, const TopSample& now,
                             std::chrono::milliseconds between);

enum class TopKey { requests, latency, memory, restarts, name };
// 'r', 'l', 'm', 's', 'n', or a key's whole name.
std::optional<TopKey> top_key_from(std::string_view text);
std::string_view name_of(TopKey key);

// The highest first; of equal ones those first that are wanted and not ready, then in alphabetical
// order.
void sort_by(std::vector<TopRow>& rows, TopKey key);

struct TopSize {
    std::size_t columns = 0;  // 0: as wide as it is
    std::size_t lines = 0;    // 0: all of them
};

// Lines with newlines, none longer than the terminal is wide, no more than it has. Long names are
// shortened in their middle where the numbers would not fit beside them. `trouble`: why there is
// nothing newer; empty when all is well.
std::string top_text(const std::vector<TopRow>& rows, TopKey key, TopSize size,
                     std::string_view trouble = {});

}  // namespace posta::supervisor
