#include "worker/http/query.h"

#include "common/base/encoding.h"

namespace posta::worker {

namespace {

std::optional<std::string> decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+') {
            decoded += ' ';
        } else if (text[at] != '%') {
            decoded += text[at];
        } else {
            if (text.size() - at < 3) return std::nullopt;
            const std::optional<std::string> byte = hex_decode(text.substr(at + 1, 2));
            if (!byte) return std::nullopt;
            decoded += *byte;
            at += 2;
        }
    }
    return decoded;
}

}  // namespace

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);

        const std::size_t equals = pair.find('=');
        if (decode(pair.substr(0, equals)) != name) continue;
        if (equals == std::string_view::npos) return std::string();
        const std::string_view value = pair.substr(equals + 1);
        return decode(value).value_or(std::string(value));
    }
    return std::nullopt;
}

}  // namespace posta::worker
