#include "supervisor/control/top_view.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include "common/base/text_table.h"
#include "common/contracts/fields.h"

namespace posta::supervisor {

namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 53;

std::optional<std::int64_t> optional_number(const json::Value& object, std::string_view name) {
    const json::Value* const member = object.find(name);
    return member == nullptr ? std::nullopt : member->integer();
}

Result<std::vector<std::int64_t>> numbers(const json::Value& object, std::string_view name) {
    const json::Value* const array = TRY(contracts::array_field(object, name));
    std::vector<std::int64_t> found;
    for (const json::Value& element : array->elements())
        found.push_back(element.integer().value_or(0));
    return found;
}

Result<TopSample::Tenant> tenant_from(const json::Value& object) {
    TopSample::Tenant tenant;
    tenant.state = TRY(contracts::string_field(object, "state"));
    tenant.requests = TRY(contracts::integer_field(object, "requests", 0, kMost));
    tenant.failures = TRY(contracts::integer_field(object, "failures", 0, kMost));
    tenant.latency = TRY(numbers(object, "latency"));
    tenant.connections = optional_number(object, "connections");
    tenant.streams = TRY(contracts::integer_field(object, "streams", 0, kMost));
    tenant.memory_kb = optional_number(object, "memory_kb");
    tenant.restarts = TRY(contracts::integer_field(object, "restarts", 0, kMost));
    return tenant;
}

std::optional<std::int64_t> quantile(const std::vector<std::int64_t>& counts,
                                     const std::vector<std::int64_t>& bounds, double share) {
    const std::int64_t total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
    if (total <= 0) return std::nullopt;
    std::int64_t under = 0;
    for (std::size_t at = 0; at < counts.size() && at < bounds.size(); ++at) {
        under += counts[at];
        if (static_cast<double>(under) >= share * static_cast<double>(total)) return bounds[at];
    }
    return -1;
}

// Counters only grow while the server runs; one that has shrunk belongs to a new server.
std::int64_t grown(std::int64_t before, std::int64_t now) {
    return now >= before ? now - before : now;
}

std::string one_digit(double number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", number);
    return text.data();
}

std::string latency_text(std::optional<std::int64_t> bound) {
    if (!bound) return "-";
    return *bound < 0 ? "slow" : "<" + std::to_string(*bound);
}

std::string number_text(std::optional<std::int64_t> number) {
    return number ? std::to_string(*number) : "-";
}

// What is cut is cut between characters.
std::string_view fitted(std::string_view line, std::size_t columns) {
    std::size_t end = 0;
    for (std::size_t taken = 0; end < line.size(); ++taken) {
        if (taken == columns) return line.substr(0, end);
        ++end;
        while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) ++end;
    }
    return line;
}

// Names of one kind often begin alike, so what is left out is in the middle. Slugs are ASCII.
std::string shortened(const std::string& name, std::size_t room) {
    if (name.size() <= room) return name;
    const std::size_t tail = room / 3;
    return name.substr(0, room - tail - 1) + "~" + name.substr(name.size() - tail);
}

std::string table_text(const std::vector<TopRow>& rows, std::size_t name_room) {
    TextTable table({"NAME", "STATE", "REQ/S", "5XX/S", "P50-MS", "P99-MS", "CONNS", "STREAMS",
                     "KIB", "RESTARTS"});
    for (const TopRow& row : rows)
        table.add({shortened(row.name, name_room), row.state, one_digit(row.requests_per_s),
                   one_digit(row.failures_per_s), latency_text(row.p50_ms),
                   latency_text(row.p99_ms), number_text(row.connections),
                   std::to_string(row.streams), number_text(row.memory_kb),
                   std::to_string(row.restarts)});
    return table.text();
}

// So much of each name that the rest fits, and at least what tells them apart mostly.
std::size_t name_room(const std::vector<TopRow>& rows, std::size_t columns) {
    constexpr std::size_t kLeast = 16;
    std::size_t longest = kLeast;
    for (const TopRow& row : rows) longest = std::max(longest, row.name.size());
    if (columns == 0) return longest;
    const std::string whole = table_text(rows, longest);
    std::size_t widest = 0;
    for (std::string_view rest = whole; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1))
        widest = std::max(widest, display_width(rest.substr(0, rest.find('\n'))));
    const std::size_t excess = widest - std::min(widest, columns);
    return std::max(kLeast, longest - std::min(longest, excess));
}

}  // namespace

Result<TopSample> top_sample_from(const json::Value& result) {
    TopSample sample;
    sample.bounds_ms = TRY(numbers(result, "bounds_ms"));
    const json::Value* const tenants = TRY(contracts::array_field(result, "tenants"));
    for (const json::Value& object : tenants->elements()) {
        const std::string name = TRY(contracts::string_field(object, "name"));
        TopSample::Tenant tenant = TRY(tenant_from(object));
        sample.tenants.emplace(name, std::move(tenant));
    }
    return sample;
}

std::vector<TopRow> top_rows(const TopSample& before, const TopSample& now,
                             std::chrono::milliseconds between) {
    const double seconds = static_cast<double>(std::max<std::int64_t>(1, between.count())) / 1000.0;
    std::vector<TopRow> rows;
    for (const auto& [name, tenant] : now.tenants) {
        const auto known = before.tenants.find(name);
        // One that was not there before has no rate yet.
        const TopSample::Tenant& was = known == before.tenants.end() ? tenant : known->second;
        std::vector<std::int64_t> latency = tenant.latency;
        for (std::size_t at = 0; at < latency.size() && at < was.latency.size(); ++at)
            latency[at] = grown(was.latency[at], latency[at]);
        TopRow row;
        row.name = name;
        row.state = tenant.state;
        row.requests_per_s = static_cast<double>(grown(was.requests, tenant.requests)) / seconds;
        row.failures_per_s = static_cast<double>(grown(was.failures, tenant.failures)) / seconds;
        row.p50_ms = quantile(latency, now.bounds_ms, 0.5);
        row.p99_ms = quantile(latency, now.bounds_ms, 0.99);
        row.connections = tenant.connections;
        row.streams = tenant.streams;
        row.memory_kb = tenant.memory_kb;
        row.restarts = tenant.restarts;
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string_view name_of(TopKey key) {
    switch (key) {
        case TopKey::requests:
            return "requests";
        case TopKey::latency:
            return "latency";
        case TopKey::memory:
            return "memory";
        case TopKey::restarts:
            return "restarts";
        case TopKey::name:
            return "name";
    }
    return "";
}

std::optional<TopKey> top_key_from(std::string_view text) {
    constexpr std::string_view kLetters = "rlmsn";
    for (const TopKey key :
         {TopKey::requests, TopKey::latency, TopKey::memory, TopKey::restarts, TopKey::name})
        if (text == name_of(key) || text == kLetters.substr(static_cast<std::size_t>(key), 1))
            return key;
    return std::nullopt;
}

void sort_by(std::vector<TopRow>& rows, TopKey key) {
    // Slower than the last bound is the slowest there is.
    const auto slowness = [](const TopRow& row) {
        if (!row.p99_ms) return std::int64_t{-1};
        return *row.p99_ms < 0 ? kMost : *row.p99_ms;
    };
    const auto weight = [&](const TopRow& row) -> double {
        switch (key) {
            case TopKey::requests:
                return row.requests_per_s;
            case TopKey::latency:
                return static_cast<double>(slowness(row));
            case TopKey::memory:
                return static_cast<double>(row.memory_kb.value_or(-1));
            case TopKey::restarts:
                return static_cast<double>(row.restarts);
            case TopKey::name:
                return 0;
        }
        return 0;
    };
    const auto well = [&](const TopRow& row) {
        return key == TopKey::name || row.state == "ready" || row.state == "stopped";
    };
    std::stable_sort(rows.begin(), rows.end(), [&](const TopRow& a, const TopRow& b) {
        if (weight(a) != weight(b)) return weight(a) > weight(b);
        return well(a) != well(b) ? well(b) : a.name < b.name;
    });
}

std::string top_text(const std::vector<TopRow>& rows, TopKey key, TopSize size,
                     std::string_view trouble) {
    const std::string table = table_text(rows, name_room(rows, size.columns));
    double requests = 0;
    std::size_t ready = 0;
    for (const TopRow& row : rows) {
        requests += row.requests_per_s;
        if (row.state == "ready") ++ready;
    }
    std::string all = std::to_string(rows.size()) + " tenants, " + std::to_string(ready) +
                      " ready, " + one_digit(requests) + " requests/s; sorted by " +
                      std::string(name_of(key));
    constexpr std::size_t kHeadings = 2;
    if (size.lines > kHeadings && rows.size() > size.lines - kHeadings)
        all += "; the first " + std::to_string(size.lines - kHeadings);
    if (!trouble.empty()) all = printable(trouble);
    all += "\n" + table;
    std::string text;
    std::size_t lines = 0;
    for (std::string_view rest = all; !rest.empty() && (size.lines == 0 || lines < size.lines);
         ++lines) {
        const std::size_t end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        text.append(size.columns == 0 ? line : fitted(line, size.columns)).append("\n");
        rest.remove_prefix(end + 1);
    }
    return text;
}

}  // namespace posta::supervisor
