#include "worker/envelope/actor_document.h"

#include <algorithm>
#include <optional>

#include "common/base/encoding.h"
#include "common/json/parse.h"
#include "common/json/write.h"
#include "common/url/canonical.h"

namespace posta::wire {
namespace {

Error broken(std::string reason) {
    return {ErrorCode::invalid, "actor document: " + std::move(reason)};
}

// A member for display: absent, or a string within its limit.
Result<std::string> optional_text(const json::Value& document, std::string_view name,
                                  std::size_t max_bytes) {
    const json::Value* member = document.find(name);
    if (member == nullptr) return std::string();
    const auto text = member->string();
    if (!text) return broken(std::string(name) + " is not a string");
    if (text->size() > max_bytes) {
        return broken(std::string(name) + " is over " + std::to_string(max_bytes) + " bytes");
    }
    return std::string(*text);
}

std::optional<std::string_view> text_in(const json::Value& object, std::string_view name) {
    const json::Value* member = object.find(name);
    return member != nullptr ? member->string() : std::nullopt;
}

// Checks one entry of `keys`, and appends it unless it is of another algorithm.
Result<void> take_key(const json::Value& key, std::vector<ActorKey>& keys) {
    const auto id = text_in(key, "id");
    const auto algorithm = text_in(key, "algorithm");
    if (!id || id->empty() || id->size() > kMaxKeyIdBytes) {
        return broken("a key's id must be 1 to 128 bytes");
    }
    if (!algorithm) return broken("a key has no algorithm");
    if (*algorithm != kAlgorithm) return {};
    const auto bytes = parse_public_key(text_in(key, "publicKey").value_or(""));
    if (!bytes) return broken("publicKey must be the base64 of 32 bytes");
    keys.push_back({std::string(*id), *bytes});
    return {};
}

Result<std::vector<ActorKey>> parse_keys(const json::Value* listed) {
    const bool present = listed != nullptr && !listed->elements().empty();
    if (!present) return broken("keys must be a list that is not empty");
    if (listed->elements().size() > kMaxKeys) return broken("more than 16 keys");
    std::vector<ActorKey> keys;
    for (const json::Value& each : listed->elements()) {
        TRY(take_key(each, keys));
    }
    return keys;
}

}  // namespace

const ActorKey* ActorDocument::find_key(std::string_view id) const {
    const auto found =
        std::find_if(keys.begin(), keys.end(), [id](const ActorKey& key) { return key.id == id; });
    return found == keys.end() ? nullptr : &*found;
}

Result<ActorDocument> parse_actor_document(std::string_view body, std::string_view url) {
    if (body.size() > kMaxDocumentBytes) return broken("over 65536 bytes");
    const auto parsed = json::parse(body);
    if (!parsed) return broken("not well-formed JSON: " + parsed.error().reason);
    const auto its_url = text_in(*parsed, "url");
    if (!its_url) return broken("url must be a string");
    if (*its_url != url) return broken("its url is not the one that was asked for");

    ActorDocument document;
    document.url = *its_url;
    document.name = TRY(optional_text(*parsed, "name", kMaxNameBytes));
    document.about = TRY(optional_text(*parsed, "about", kMaxAboutBytes));
    document.avatar = TRY(optional_text(*parsed, "avatar", kMaxAvatarBytes));
    document.kind = TRY(optional_text(*parsed, "kind", kMaxKindBytes));
    if (!document.avatar.empty() && !url::is_https(document.avatar)) {
        return broken("avatar must begin with https://");
    }
    document.keys = TRY(parse_keys(parsed->find("keys")));
    return document;
}

std::string write_actor_document(const ActorDocument& document) {
    json::Writer out;
    out.begin_object().member("url", document.url);
    if (!document.name.empty()) out.member("name", document.name);
    if (!document.about.empty()) out.member("about", document.about);
    if (!document.avatar.empty()) out.member("avatar", document.avatar);
    if (!document.kind.empty()) out.member("kind", document.kind);
    out.key("keys").begin_array();
    for (const ActorKey& key : document.keys) {
        const std::string bytes(key.public_key.begin(), key.public_key.end());
        out.begin_object().member("id", key.id).member("algorithm", kAlgorithm);
        out.member("publicKey", base64_encode(bytes)).end_object();
    }
    out.end_array().end_object();
    return std::move(out).text();
}

}  // namespace posta::wire
