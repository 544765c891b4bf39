#include "worker/http/json_body.h"

#include <algorithm>

#include "worker/http/error_answer.h"

namespace posta::worker {

namespace {

// More than any body can have that is accepted in the end: a message has at most 64 KiB.
constexpr std::size_t kMostValues = 65'536;

}  // namespace

Result<json::Value, Response> read_object(std::string_view body,
                                          std::initializer_list<std::string_view> known_members) {
    Result<json::Value, json::Fault> parsed = json::parse(body, kMostValues);
    if (!parsed)
        return error_answer(400, "bad-request",
                            "the body is not JSON at byte " +
                                std::to_string(parsed.error().offset) + ": " +
                                parsed.error().reason);
    if (parsed->kind() != json::Kind::object)
        return error_answer(400, "bad-request", "the body must be a JSON object");
    for (const auto& [name, value] : parsed->members()) {
        if (std::find(known_members.begin(), known_members.end(), name) == known_members.end())
            return error_answer(400, "unsupported-field",
                                "the field \"" + name + "\" is not known here");
    }
    return *std::move(parsed);
}

}  // namespace posta::worker
