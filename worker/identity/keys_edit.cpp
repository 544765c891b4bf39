#include "worker/identity/keys_edit.h"

#include <sodium.h>

#include <algorithm>
#include <vector>

#include "common/base/encoding.h"
#include "common/base/rfc3339.h"
#include "common/json/parse.h"
#include "common/json/write.h"
#include "worker/identity/keys.h"

namespace posta::worker {
namespace {

std::string entry_for(const PrivateKey& key, const std::string& id, WallTime created_at) {
    std::string private_text(sodium_base64_ENCODED_LEN(64, sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(private_text.data(), private_text.size(),
                      reinterpret_cast<const unsigned char*>(key.bytes().data()),
                      key.bytes().size(), sodium_base64_VARIANT_ORIGINAL);
    private_text.pop_back();  // the terminating zero
    json::Writer out;
    out.begin_object()
        .member("id", id)
        .member("publicKey", base64_encode(key.public_key()))
        .member("privateKey", private_text)
        .member("createdAt", format_time(created_at))
        .end_object();
    wipe(private_text);
    return std::move(out).text();
}

// "2026-05-a", then -b and on: a file holds fewer keys than there are letters.
static_assert(kMaxKeys < 26);
std::string free_key_id(const std::vector<Key>& keys, WallTime now) {
    std::string id = format_time(now).substr(0, 7) + "-a";
    const auto is_taken = [&](const Key& key) { return key.id == id; };
    while (std::any_of(keys.begin(), keys.end(), is_taken)) ++id.back();
    return id;
}

std::string file_of(const std::vector<std::string_view>& entries) {
    std::string text = "[";
    for (const std::string_view entry : entries) {
        text += text.size() == 1 ? "\n  " : ",\n  ";
        text += entry;
    }
    return text + "\n]\n";
}

// Views into `text`, which parse() has found right.
Result<std::vector<std::string_view>> entries_of(std::string_view text) {
    const Result<json::Value, json::Fault> document = json::parse(text);
    if (!document) return Error{ErrorCode::invalid, document.error().reason};
    std::vector<std::string_view> entries;
    for (const json::Value& entry : document->elements()) {
        entries.push_back(entry.raw());
        const json::Value* secret = entry.find("privateKey");
        if (secret == nullptr || !secret->string()) continue;
        const std::string_view copy = *secret->string();
        sodium_memzero(const_cast<char*>(copy.data()), copy.size());  // as in keys.cpp
    }
    return entries;
}

}  // namespace

Result<std::string> new_keys_file(WallTime now) {
    std::string entry = entry_for(PrivateKey::generate(), free_key_id({}, now), now);
    std::string text = file_of({entry});
    wipe(entry);
    return text;
}

Result<Rotated> with_key_added(std::string_view text, WallTime now) {
    const KeyRing ring = TRY(KeyRing::parse(text));
    if (ring.keys().size() >= kMaxKeys)
        return Error{ErrorCode::conflict, "there are " + std::to_string(kMaxKeys) +
                                              " keys already (remove one with key remove)"};
    std::vector<std::string_view> entries = TRY(entries_of(text));
    const WallTime newest = ring.signing_key().created_at;
    const WallTime created_at = now > newest ? now : newest + std::chrono::milliseconds(1);
    Rotated rotated;
    rotated.key_id = free_key_id(ring.keys(), now);
    std::string entry = entry_for(PrivateKey::generate(), rotated.key_id, created_at);
    entries.push_back(entry);
    rotated.text = file_of(entries);
    wipe(entry);
    return rotated;
}

Result<std::string> with_key_removed(std::string_view text, std::string_view key_id) {
    const KeyRing ring = TRY(KeyRing::parse(text));
    std::vector<std::string_view> entries = TRY(entries_of(text));
    const std::vector<Key>& keys = ring.keys();
    const auto found =
        std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.id == key_id; });
    if (found == keys.end())
        return Error{ErrorCode::not_found, "there is no key \"" + std::string(key_id) + "\""};
    if (keys.size() == 1)
        return Error{ErrorCode::conflict,
                     "\"" + std::string(key_id) + "\" is the only key (rotate first)"};
    entries.erase(entries.begin() + (found - keys.begin()));
    return file_of(entries);
}

}  // namespace posta::worker
