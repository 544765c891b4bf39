#include "worker/admin/order_server.h"

#include "common/contracts/control.h"
#include "common/contracts/fields.h"

namespace posta::worker {
namespace {

Error nobody(const std::string& run_dir) {
    return {ErrorCode::not_found, "no server runs in " + run_dir};
}

}  // namespace

Result<void> order_server(const std::string& run_dir, const std::string& line,
                          std::chrono::milliseconds patience) {
    const Result<std::string> answer = contracts::ask_supervisor(run_dir, line, patience);
    if (!answer) {
        const ErrorCode code = answer.error().code;
        const bool absent = code == ErrorCode::not_found || code == ErrorCode::unavailable;
        return absent ? nobody(run_dir) : answer.error();
    }
    const json::Value object = TRY(contracts::object_from(*answer, "the server's answer"));
    const bool ok = TRY(contracts::boolean_field(object, "ok"));
    if (ok) return {};
    const json::Value* error = object.find("error");
    const json::Value* message = error != nullptr ? error->find("message") : nullptr;
    const auto text = message != nullptr ? message->string() : std::nullopt;
    return Error{ErrorCode::unavailable, std::string(text.value_or("the server refused"))};
}

}  // namespace posta::worker
