#include "worker/http/negotiation.h"

#include <algorithm>
#include <optional>

#include "common/http/head.h"

namespace posta::worker {

namespace {

std::string_view trimmed(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

// Cuts the part before `separator` off the front of `rest`.
std::string_view take_until(std::string_view& rest, char separator) {
    const std::size_t end = rest.find(separator);
    const std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return trimmed(part);
}

// "0.25" as 250; nothing for what is not a qvalue.
std::optional<int> thousandths(std::string_view qvalue) {
    if (qvalue.empty() || qvalue.size() > 5 || (qvalue[0] != '0' && qvalue[0] != '1'))
        return std::nullopt;
    int value = (qvalue[0] - '0') * 1000;
    if (qvalue.size() > 1 && qvalue[1] != '.') return std::nullopt;
    int weight = 100;
    for (const char digit : qvalue.substr(std::min<std::size_t>(2, qvalue.size()))) {
        if (digit < '0' || digit > '9') return std::nullopt;
        value += (digit - '0') * weight;
        weight /= 10;
    }
    if (value > 1000) return std::nullopt;
    return value;
}

std::optional<int> quality_parameter(std::string_view parameters) {
    while (!parameters.empty()) {
        std::string_view value = take_until(parameters, ';');
        if (http::equal_names(take_until(value, '='), "q")) return thousandths(value);
    }
    return 1000;
}

// How closely the range fits: 0 not at all, 1 for */*, 2 for type/*, 3 exactly.
int specificity(std::string_view range, std::string_view type, std::string_view subtype) {
    if (range == "*/*") return 1;
    const std::string_view range_type = take_until(range, '/');
    if (!http::equal_names(range_type, type)) return 0;
    if (range == "*") return 2;
    return http::equal_names(range, subtype) ? 3 : 0;
}

}  // namespace

int quality_of(std::string_view accept, std::string_view type, std::string_view subtype) {
    if (trimmed(accept).empty()) return 1000;
    int best_fit = 0;
    int quality = 0;
    while (!accept.empty()) {
        std::string_view element = take_until(accept, ',');
        const std::string_view range = take_until(element, ';');
        const int fit = specificity(range, type, subtype);
        const std::optional<int> stated = quality_parameter(element);
        if (!stated || fit == 0 || fit < best_fit) continue;
        quality = fit > best_fit ? *stated : std::max(quality, *stated);
        best_fit = fit;
    }
    return quality;
}

Form preferred_form(std::string_view accept) {
    const int document = std::max(quality_of(accept, "application", "posta+json"),
                                  quality_of(accept, "application", "json"));
    return quality_of(accept, "text", "html") > document ? Form::page : Form::document;
}

}  // namespace posta::worker
