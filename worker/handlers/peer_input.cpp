#include "worker/handlers/peer_input.h"

#include "common/url/canonical.h"
#include "worker/http/error_answer.h"

namespace posta::worker {

Result<std::string, Response> read_peer(std::string_view given) {
    auto canonical = url::canonicalise_typed(given);
    if (canonical) return std::move(canonical).value();
    return error_answer(400, url::name_of(canonical.error()), url::advice_for(canonical.error()));
}

}  // namespace posta::worker
