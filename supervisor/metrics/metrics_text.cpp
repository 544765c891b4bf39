#include "supervisor/metrics/metrics_text.h"

namespace posta::supervisor {

namespace {

void append_label_value(std::string& out, std::string_view value) {
    for (const char c : value) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
}

// Without trailing zeros: 1500 in thousandths is "1.5", 250 is "0.25".
std::string decimal(std::uint64_t value, std::uint64_t unit) {
    std::string text = std::to_string(value / unit);
    std::string digits = std::to_string(unit + value % unit).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    return digits.empty() ? text : text + "." + digits;
}

}  // namespace

void MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    out_.append("# HELP ").append(name).append(" ").append(help);
    out_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void MetricsText::write(std::string_view suffix, Labels labels, std::string_view value) {
    out_.append(name_).append(suffix);
    char open = '{';
    for (const auto& [name, text] : labels) {
        out_ += open;
        out_.append(name).append("=\"");
        append_label_value(out_, text);
        out_ += '"';
        open = ',';
    }
    if (open == ',') out_ += '}';
    out_.append(" ").append(value).append("\n");
}

void MetricsText::sample_milli(Labels labels, std::int64_t thousandths) {
    const std::string sign = thousandths < 0 ? "-" : "";
    const auto size = static_cast<std::uint64_t>(thousandths < 0 ? -thousandths : thousandths);
    write("", labels, sign + decimal(size, 1000));
}

void MetricsText::histogram(Label label, std::span<const int> bounds_ms,
                            std::span<const std::uint64_t> counts, std::uint64_t sum_us) {
    std::uint64_t total = 0;
    for (std::size_t at = 0; at < counts.size(); ++at) {
        total += counts[at];
        const std::string bound = at < bounds_ms.size()
                                      ? decimal(static_cast<std::uint64_t>(bounds_ms[at]), 1000)
                                      : "+Inf";
        write("_bucket", {label, {"le", bound}}, std::to_string(total));
    }
    write("_sum", {label}, decimal(sum_us, 1'000'000));
    write("_count", {label}, std::to_string(total));
}

}  // namespace posta::supervisor
