#include "worker/identity/actor_document.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

PublicIdentity alice() {
    PublicIdentity identity;
    identity.url = "https://alice.example/inbox";
    identity.keys = {{"2026-05-a", std::string(32, '\0')}, {"2026-05-b", std::string(32, '\xff')}};
    identity.signing_key_id = "2026-05-b";
    return identity;
}

TEST(ActorDocument, LeavesOutWhatIsEmpty) {
    EXPECT_EQ(actor_document(alice()),
              R"({"url":"https://alice.example/inbox","kind":"person","keys":[)"
              R"({"id":"2026-05-a","algorithm":"ed25519",)"
              R"("publicKey":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},)"
              R"({"id":"2026-05-b","algorithm":"ed25519",)"
              R"("publicKey":"//////////////////////////////////////////8="}]})");
}

TEST(ActorDocument, ShowsWhatThePersonSays) {
    PublicIdentity identity = alice();
    identity.name = "Alice";
    identity.about = "free \"text\"";
    identity.avatar = "https://alice.example/avatar-0.png";

    EXPECT_EQ(actor_document(identity).find(
                  R"({"url":"https://alice.example/inbox","name":"Alice","about":"free \"text\"",)"
                  R"("avatar":"https://alice.example/avatar-0.png","kind":"person")"),
              0U);
}

TEST(KeyFingerprint, IsTheHashInGroups) {
    // sha256 of 32 zero bytes.
    EXPECT_EQ(key_fingerprint(std::string(32, '\0')),
              "6668 7aad f862 bd77 6c8f c18b 8e9f 8e20 0897 1485 6ee2 33b3 902a 591d 0d5f 2925");
}

TEST(SigningKey, IsTheOneThatIsNamed) {
    EXPECT_EQ(alice().signing_key().public_key, std::string(32, '\xff'));
}

}  // namespace
}  // namespace posta::worker
