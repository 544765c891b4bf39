// Actor documents (wire.md section 3): limits, one URL alone, written and read again the same.

#include "tests/fuzz/target.h"
#include "worker/envelope/actor_document.h"

namespace posta::wire {
namespace {

constexpr std::string_view kUrl = "https://alice.example/inbox";

void expect_limits(const ActorDocument& document) {
    CHECK(document.url == kUrl && document.name.size() <= kMaxNameBytes);
    CHECK(document.about.size() <= kMaxAboutBytes && document.kind.size() <= kMaxKindBytes);
    CHECK(document.avatar.empty() ||
          (document.avatar.starts_with("https://") && document.avatar.size() <= kMaxAvatarBytes));
    CHECK(document.keys.size() <= kMaxKeys);
    for (const ActorKey& key : document.keys) {
        CHECK(!key.id.empty() && key.id.size() <= kMaxKeyIdBytes);
        const ActorKey* found = document.find_key(key.id);
        CHECK(found != nullptr && found->id == key.id);
    }
}

void expect_same(const ActorDocument& a, const ActorDocument& b) {
    CHECK(a.url == b.url && a.name == b.name && a.about == b.about && a.avatar == b.avatar);
    CHECK(a.kind == b.kind && a.keys.size() == b.keys.size());
    for (std::size_t at = 0; at < a.keys.size(); ++at)
        CHECK(a.keys[at].id == b.keys[at].id && a.keys[at].public_key == b.keys[at].public_key);
}

}  // namespace
}  // namespace posta::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta::wire;
    const std::string_view body = posta::fuzz::text_of(data, size);
    const auto document = parse_actor_document(body, kUrl);
    if (!document) {
        CHECK(!document.error().message.empty());
        return 0;
    }
    CHECK(body.size() <= kMaxDocumentBytes);
    expect_limits(*document);
    CHECK(!parse_actor_document(body, "https://mallory.example"));
    if (document->keys.empty()) return 0;  // of other algorithms only: nothing of ours to write
    const auto again = parse_actor_document(write_actor_document(*document), kUrl);
    CHECK(again);
    expect_same(*document, *again);
    return 0;
}
