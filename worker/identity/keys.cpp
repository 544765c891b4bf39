#include "worker/identity/keys.h"

#include <sodium.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "common/base/encoding.h"
#include "common/base/file.h"
#include "common/base/rfc3339.h"
#include "common/json/parse.h"

namespace posta::worker {
namespace {

constexpr std::size_t kSeedBytes = crypto_sign_SEEDBYTES;
constexpr std::size_t kPrivateKeyBytes = crypto_sign_SECRETKEYBYTES;
constexpr std::size_t kPublicKeyBytes = crypto_sign_PUBLICKEYBYTES;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Error bad_key(std::size_t index, const std::string& why) {
    return {ErrorCode::invalid, "key " + std::to_string(index + 1) + ": " + why};
}

Result<std::string_view> text_member(const json::Value& entry, std::string_view name) {
    const json::Value* member = entry.find(name);
    const std::optional<std::string_view> text =
        member == nullptr ? std::nullopt : member->string();
    if (text) return *text;
    return Error{ErrorCode::invalid, "`" + std::string(name) + "` is missing or not a string"};
}

Result<PrivateKey> private_key_in(const json::Value& entry) {
    const std::string_view text = TRY(text_member(entry, "privateKey"));
    std::optional<std::string> bytes = base64_decode(text);
    // The parser's copy: the document owns it, is not const itself and dies right after.
    sodium_memzero(const_cast<char*>(text.data()), text.size());
    if (!bytes) return Error{ErrorCode::invalid, "`privateKey` is not strict base64"};
    Result<PrivateKey> key = PrivateKey::from_bytes(*bytes);
    wipe(*bytes);
    return key;
}

Result<Key> key_in(const json::Value& entry) {
    if (entry.kind() != json::Kind::object)
        return Error{ErrorCode::invalid, "an object is expected"};
    // First, so that the secret is wiped also when something else is wrong.
    PrivateKey private_key = TRY(private_key_in(entry));
    const std::string_view id = TRY(text_member(entry, "id"));
    if (id.empty() || id.size() > kMaxKeyIdBytes)
        return Error{ErrorCode::invalid, "`id` must have 1 to 128 bytes"};
    const std::string_view public_text = TRY(text_member(entry, "publicKey"));
    const std::optional<std::string> public_key = base64_decode(public_text);
    if (!public_key || public_key->size() != kPublicKeyBytes)
        return Error{ErrorCode::invalid, "`publicKey` is not strict base64 of 32 bytes"};
    if (*public_key != private_key.public_key())
        return Error{ErrorCode::invalid, "`publicKey` does not belong to `privateKey`"};
    const std::string_view created = TRY(text_member(entry, "createdAt"));
    const std::optional<WallTime> created_at = parse_time(created);
    if (!created_at) return Error{ErrorCode::invalid, "`createdAt` is not an RFC 3339 time"};
    return Key{std::string(id), *public_key, *created_at, std::string(created),
               std::move(private_key)};
}

}  // namespace

void wipe(std::string& text) noexcept {
    sodium_memzero(text.data(), text.size());
    text.clear();
}

void PrivateKey::Wiper::operator()(unsigned char* memory) const noexcept { sodium_free(memory); }

PrivateKey::PrivateKey() : bytes_(static_cast<unsigned char*>(sodium_malloc(kPrivateKeyBytes))) {
    CHECK(bytes_ != nullptr);
}

Result<PrivateKey> PrivateKey::from_bytes(std::string_view bytes) {
    if (bytes.size() != kSeedBytes && bytes.size() != kPrivateKeyBytes)
        return Error{ErrorCode::invalid, "`privateKey` has " + std::to_string(bytes.size()) +
                                             " bytes (allowed: 64, or a seed of 32)"};
    PrivateKey key;
    unsigned char public_key[kPublicKeyBytes];
    crypto_sign_seed_keypair(public_key, key.bytes_.get(), bytes_of(bytes));
    if (bytes.size() == kPrivateKeyBytes &&
        sodium_memcmp(key.bytes_.get(), bytes_of(bytes), kPrivateKeyBytes) != 0)
        return Error{ErrorCode::invalid, "the public half of `privateKey` is not that of its seed"};
    return key;
}

PrivateKey PrivateKey::generate() {
    PrivateKey key;
    unsigned char public_key[kPublicKeyBytes];
    crypto_sign_keypair(public_key, key.bytes_.get());
    return key;
}

std::string PrivateKey::public_key() const { return std::string(bytes().substr(kSeedBytes)); }

std::string PrivateKey::sign(std::string_view bytes) const {
    std::string signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                         bytes_of(bytes), bytes.size(), bytes_.get());
    return signature;
}

std::string_view PrivateKey::bytes() const {
    return {reinterpret_cast<const char*>(bytes_.get()), kPrivateKeyBytes};
}

Result<KeyRing> KeyRing::load(const std::string& path) {
    std::string text = TRY(read_keys_file(path));
    Result<KeyRing> ring = parse(text);
    wipe(text);
    return std::move(ring).within(path);
}

Result<KeyRing> KeyRing::parse(std::string_view json) {
    const Result<json::Value, json::Fault> document = json::parse(json);
    if (!document)
        return Error{ErrorCode::invalid, "not valid JSON at byte " +
                                             std::to_string(document.error().offset) + ": " +
                                             document.error().reason};
    if (document->kind() != json::Kind::array)
        return Error{ErrorCode::invalid, "an array of keys is expected"};
    const std::vector<json::Value>& entries = document->elements();
    if (entries.empty() || entries.size() > kMaxKeys)
        return Error{ErrorCode::invalid, "it holds " + std::to_string(entries.size()) +
                                             " keys (allowed: 1 to " + std::to_string(kMaxKeys) +
                                             ")"};
    std::vector<Key> keys;
    std::size_t signing = 0;
    for (std::size_t index = 0; index < entries.size(); ++index) {
        Result<Key> key = key_in(entries[index]);
        if (!key) return bad_key(index, key.error().message);
        for (const Key& earlier : keys) {
            if (earlier.id == key->id)
                return bad_key(index, "`id` \"" + key->id + "\" is there twice");
        }
        keys.push_back(std::move(key).value());
        if (keys[index].created_at >= keys[signing].created_at) signing = index;
    }
    return KeyRing(std::move(keys), signing);
}

Result<std::string> read_keys_file(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return error_from_errno(errno, "cannot open " + path);
    if (!S_ISREG(status.st_mode)) return Error{ErrorCode::invalid, path + " is not a regular file"};
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return Error{ErrorCode::denied,
                     path + " can be used by group or others (run: chmod 600 " + path + ")"};
    return read_file(path, kMaxKeysFileBytes);
}

}  // namespace posta::worker
