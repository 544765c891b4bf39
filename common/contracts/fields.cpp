#include "common/contracts/fields.h"

namespace posta::contracts {

namespace {

Error wrong(std::string_view name, std::string_view wanted) {
    return {ErrorCode::invalid,
            "member \"" + std::string(name) + "\" is not " + std::string(wanted)};
}

}  // namespace

Result<json::Value> object_from(std::string_view text, std::string_view what) {
    Result<json::Value, json::Fault> parsed = json::parse(text);
    if (!parsed)
        return Error{ErrorCode::invalid, std::string(what) + ": " + parsed.error().reason +
                                             " at byte " + std::to_string(parsed.error().offset)};
    if (parsed->kind() != json::Kind::object)
        return Error{ErrorCode::invalid, std::string(what) + " is not an object"};
    return std::move(parsed).value();
}

Result<std::string> string_field(const json::Value& object, std::string_view name) {
    const json::Value* member = object.find(name);
    if (member == nullptr || !member->string()) return wrong(name, "a string");
    return std::string(*member->string());
}

Result<bool> boolean_field(const json::Value& object, std::string_view name) {
    const json::Value* member = object.find(name);
    if (member == nullptr || !member->boolean()) return wrong(name, "true or false");
    return *member->boolean();
}

Result<std::int64_t> integer_field(const json::Value& object, std::string_view name,
                                   std::int64_t least, std::int64_t most) {
    const json::Value* member = object.find(name);
    const auto value = member == nullptr ? std::nullopt : member->integer();
    if (!value || *value < least || *value > most)
        return wrong(
            name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return *value;
}

Result<std::vector<std::string>> strings_field(const json::Value& object, std::string_view name) {
    const json::Value* array = TRY(array_field(object, name));
    std::vector<std::string> strings;
    for (const json::Value& element : array->elements()) {
        if (!element.string()) return wrong(name, "an array of strings");
        strings.emplace_back(*element.string());
    }
    return strings;
}

Result<const json::Value*> array_field(const json::Value& object, std::string_view name) {
    const json::Value* member = object.find(name);
    if (member == nullptr || member->kind() != json::Kind::array) return wrong(name, "an array");
    return member;
}

}  // namespace posta::contracts
