#pragma once
// Prometheus' text format, version 0.0.4, one family after another. Pure.
//
//   MetricsText out;
//   out.family("posta_tenant_restarts_total", "counter", "Starts after the first.");
//   out.sample({{"tenant", "arne"}}, 3);

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace posta::supervisor {

class MetricsText {
public:
    using Label = std::pair<std::string_view, std::string_view>;
    using Labels = std::initializer_list<Label>;

    void family(std::string_view name, std::string_view type, std::string_view help);
    // Of the last family.
    void sample(Labels labels, std::int64_t value) { write("", labels, std::to_string(value)); }
    void sample(Labels labels, std::uint64_t value) { write("", labels, std::to_string(value)); }
    void sample(Labels labels, int value) { write("", labels, std::to_string(value)); }
    // In thousandths: 1500 is written as 1.5.
    void sample_milli(Labels labels, std::int64_t thousandths);
    // A whole histogram of the last family. `counts` has one element more than `bounds_ms`, not
    // cumulative.
    void histogram(Label label, std::span<const int> bounds_ms,
                   std::span<const std::uint64_t> counts, std::uint64_t sum_us);

    std::string text() && { return std::move(out_); }

private:
    void write(std::string_view suffix, Labels labels, std::string_view value);

    std::string out_;
    std::string name_;
};

}  // namespace posta::supervisor
