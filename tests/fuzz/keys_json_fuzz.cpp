// keys.json (wire.md section 8): every key that is accepted signs for its public half, the newest
// one is chosen, and adding and removing a key leaves the others as they were.

#include "common/base/random_id.h"
#include "common/base/rfc3339.h"
#include "tests/fuzz/target.h"
#include "worker/envelope/signature.h"
#include "worker/identity/keys.h"
#include "worker/identity/keys_edit.h"

namespace posta::worker {
namespace {

void expect_keys(const KeyRing& ring) {
    CHECK(!ring.keys().empty() && ring.keys().size() <= kMaxKeys);
    for (const Key& key : ring.keys()) {
        CHECK(!key.id.empty() && key.id.size() <= kMaxKeyIdBytes && key.public_key.size() == 32);
        CHECK(key.private_key.public_key() == key.public_key);
        CHECK(key.created_at <= ring.signing_key().created_at);
        CHECK(parse_time(key.created_at_text) == key.created_at);
    }
}

void expect_signing(const Key& key) {
    wire::PublicKey public_key;
    wire::Signature signature;
    const std::string signed_bytes = key.private_key.sign("body");
    CHECK(signed_bytes.size() == signature.size());
    std::copy(key.public_key.begin(), key.public_key.end(), public_key.begin());
    std::copy(signed_bytes.begin(), signed_bytes.end(), signature.begin());
    CHECK(wire::verify(public_key, signature, "body"));
}

void expect_same(const Key& a, const Key& b) {
    CHECK(a.id == b.id && a.public_key == b.public_key && a.created_at == b.created_at);
    CHECK(a.private_key.bytes() == b.private_key.bytes());
}

void expect_edits(std::string_view text, const KeyRing& ring) {
    const WallTime now = *parse_time("2026-05-10T12:00:00.000Z");
    const auto rotated = with_key_added(text, now);
    CHECK(rotated.has_value() == (ring.keys().size() < kMaxKeys));
    if (!rotated) return;
    const auto more = KeyRing::parse(rotated->text);
    CHECK(more && more->keys().size() == ring.keys().size() + 1);
    CHECK(more->signing_key().id == rotated->key_id);
    for (std::size_t at = 0; at < ring.keys().size(); ++at)
        expect_same(ring.keys()[at], more->keys()[at]);

    const auto fewer = with_key_removed(rotated->text, rotated->key_id);
    CHECK(fewer);
    const auto back = KeyRing::parse(*fewer);
    CHECK(back && back->keys().size() == ring.keys().size());
    CHECK(back->signing_key().id == ring.signing_key().id);
    for (std::size_t at = 0; at < ring.keys().size(); ++at)
        expect_same(ring.keys()[at], back->keys()[at]);
}

}  // namespace
}  // namespace posta::worker

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta::worker;
    posta::start_crypto();
    const std::string_view text = posta::fuzz::text_of(data, size);
    const auto ring = KeyRing::parse(text);
    if (!ring) {
        CHECK(!ring.error().message.empty());
        return 0;
    }
    expect_keys(*ring);
    expect_signing(ring->signing_key());
    expect_edits(text, *ring);
    return 0;
}
