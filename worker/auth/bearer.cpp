#include "worker/auth/bearer.h"

#include <algorithm>

#include "common/http/head.h"
#include "worker/store/secret.h"

namespace posta::worker {

std::optional<std::string_view> bearer_token(std::string_view authorization) {
    constexpr std::string_view kScheme = "Bearer";
    if (authorization.size() <= kScheme.size() ||
        !http::equal_names(authorization.substr(0, kScheme.size()), kScheme) ||
        authorization[kScheme.size()] != ' ')
        return std::nullopt;
    std::string_view token = authorization.substr(kScheme.size());
    token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
    if (!store::has_secret_form(token, store::kTokenPrefix)) return std::nullopt;
    return token;
}

}  // namespace posta::worker
