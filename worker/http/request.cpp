#include "worker/http/request.h"

#include <algorithm>

#include "common/http/head.h"
#include "worker/http/query.h"

namespace posta::worker {

std::string Request::field(std::string_view name) const {
    std::string joined;
    for (const auto& [field, value] : fields) {
        if (!http::equal_names(field, name)) continue;
        if (!joined.empty()) joined += ", ";
        joined += value;
    }
    return joined;
}

std::size_t Request::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::count_if(fields.begin(), fields.end(),
                      [&](const auto& field) { return http::equal_names(field.first, name); }));
}

std::optional<std::string> Request::parameter(std::string_view name) const {
    return query_parameter(query, name);
}

}  // namespace posta::worker
