// Whom a worker takes messages from, how many, and what it tells those who only pretend: the limits
// and the ACL, through a running worker with real HTTPS peers.
#include <gtest/gtest.h>

#include "tests/support/correspondent.h"
#include "tests/support/https_peer.h"
#include "tests/support/test_paths.h"
#include "tests/support/worker_process.h"

namespace posta::testing {
namespace {

constexpr int kAllowance = 3;
const std::string kMe = "https://bob.example";

class Acceptance : public ::testing::TestWithParam<manifest::Acl> {
protected:
    Acceptance() {
        worker_.tenant.allow_private_peers = true;
        worker_.tenant.ca_bundle = peer_.ca_bundle();
        worker_.tenant.acl = GetParam();
        worker_.tenant.rate_per_minute = kAllowance;
        worker_.tenant.rate_per_minute_address = 0;
        worker_.with_store([&](store::Store& store) {
            ASSERT_TRUE(store.contacts().add(friend_.url(), "2026-05-10T12:00:00.000Z"));
        });
        peer_.put("/doc/friend", friend_.document());
        peer_.put("/doc/stranger", stranger_.document());
    }

    Answer post(const Correspondent::Post& message, const std::string& more = "") {
        RawClient client = worker_.connect();
        client.host = "bob.example";
        return client.ask("POST", "/", message.fields + more, message.body);
    }
    std::string id() { return "m" + std::to_string(++number_); }
    bool open() const { return GetParam() == manifest::Acl::open; }
    // How often the peer was asked for that document.
    int fetches(const std::string& name) const {
        const std::string counts = peer_.get("/count");
        const std::string mark = "\"GET /doc/" + name + "\": ";
        const std::size_t at = counts.find(mark);
        return at == std::string::npos ? 0 : std::stoi(counts.substr(at + mark.size()));
    }

    HttpsPeer peer_;
    WorkerProcess worker_{POSTA_SERVER, kMe};
    Correspondent friend_{peer_.url("alice.localhost", "/doc/friend")};
    Correspondent stranger_{peer_.url("mallory.localhost", "/doc/stranger")};
    int number_ = 0;
};

TEST_P(Acceptance, AsksWhoIsAContactOnlyWhereTheManifestSaysSo) {
    worker_.start();

    EXPECT_EQ(post(friend_.message(kMe, id())).status, 204);
    const Answer answer = post(stranger_.message(kMe, id()));

    EXPECT_EQ(answer.status, open() ? 204 : 403);
    if (!open()) {
        EXPECT_TRUE(answer.body.starts_with(R"({"error":"forbidden")")) << answer.body;
    }
}

TEST_P(Acceptance, LimitsEachProvenSenderAlone) {
    worker_.start();

    for (int count = 0; count < kAllowance; ++count)
        EXPECT_EQ(post(friend_.message(kMe, id())).status, 204);
    const Answer answer = post(friend_.message(kMe, id()));

    EXPECT_EQ(answer.status, 429);
    EXPECT_TRUE(answer.body.starts_with(R"({"error":"rate-limited")")) << answer.body;
    EXPECT_NE(answer.field("Retry-After"), "");
    EXPECT_EQ(post(stranger_.message(kMe, id())).status, open() ? 204 : 403);
}

// The limit comes before the ACL: a stranger who is refused is charged all the same.
TEST_P(Acceptance, LimitsProvenStrangersToo) {
    worker_.start();
    for (int count = 0; count < kAllowance; ++count) post(stranger_.message(kMe, id()));

    EXPECT_EQ(post(stranger_.message(kMe, id())).status, 429);
}

TEST_P(Acceptance, LetsNobodyUseUpTheAllowanceOfASenderWhoseUrlHeForges) {
    worker_.start();
    for (int count = 0; count < 5 * kAllowance; ++count) {
        const Answer answer = post(friend_.forged(kMe, id()));
        EXPECT_EQ(answer.status, 401);
        EXPECT_TRUE(answer.body.starts_with(R"({"error":"bad-signature")")) << answer.body;
    }

    for (int count = 0; count < kAllowance; ++count)
        EXPECT_EQ(post(friend_.message(kMe, id())).status, 204);
    EXPECT_EQ(post(friend_.message(kMe, id())).status, 429);
    EXPECT_EQ(post(friend_.forged(kMe, id())).status, 401) << "nor is he told that it is used up";
}

// For a forger a contact, somebody who is none, and somebody who has used up his allowance look the
// same: the same work (one fetch of the document), the same answer to the last byte.
TEST_P(Acceptance, TellsAForgerNothingAboutContacts) {
    worker_.start();
    const Answer contact = post(friend_.forged(kMe, id()));
    const Answer stranger = post(stranger_.forged(kMe, id()));
    const int fetched_contact = fetches("friend");
    const int fetched_stranger = fetches("stranger");
    for (int count = 0; count <= kAllowance; ++count) post(stranger_.message(kMe, id()));
    const Answer limited = post(stranger_.forged(kMe, id()));

    EXPECT_EQ(contact.status, 401);
    EXPECT_EQ(fetched_contact, 1);
    EXPECT_EQ(fetched_stranger, 1);
    const auto without_date = [](std::string head) {
        const std::size_t at = head.find("Date: ");
        return at == std::string::npos ? head : head.erase(at, head.find('\n', at) + 1 - at);
    };
    for (const Answer* answer : {&stranger, &limited}) {
        EXPECT_EQ(without_date(answer->head), without_date(contact.head));
        EXPECT_EQ(answer->body, contact.body);
    }
}

TEST_P(Acceptance, TellsWhetherADocumentCanBeHadAlikeForContactsAndOthers) {
    const Correspondent nobody(peer_.url("mallory.localhost", "/doc/nobody"));
    const Correspondent silent_friend(peer_.url("alice.localhost", "/doc/silent"));
    worker_.with_store([&](store::Store& store) {
        ASSERT_TRUE(store.contacts().add(silent_friend.url(), "2026-05-10T12:00:00.000Z"));
    });
    worker_.start();

    const Answer stranger = post(nobody.forged(kMe, id()));
    const Answer contact = post(silent_friend.forged(kMe, id()));

    EXPECT_EQ(stranger.status, 502);
    EXPECT_EQ(contact.status, 502);
    EXPECT_EQ(contact.body, stranger.body);
}

INSTANTIATE_TEST_SUITE_P(EachAcl, Acceptance,
                         ::testing::Values(manifest::Acl::open, manifest::Acl::contacts),
                         [](const auto& tested) {
                             return std::string(manifest::name_of(tested.param));
                         });

// An address that posts too much is refused before anything of its message is looked at, and nobody
// else is.
TEST(AddressLimit, HoldsForOneAddressBeforeAnythingElse) {
    constexpr int kPosts = 5;
    WorkerProcess worker(POSTA_SERVER, kMe);
    worker.tenant.rate_per_minute_address = kPosts;
    worker.start();
    const auto post = [&](const std::string& address) {
        RawClient client = worker.connect();
        client.host = "bob.example";
        return client.ask("POST", "/", "X-Real-IP: " + address + "\r\nContent-Type: text/plain\r\n",
                          "x");
    };

    for (int count = 0; count < kPosts; ++count) EXPECT_EQ(post("192.0.2.1").status, 415);
    const Answer limited = post("192.0.2.1");

    EXPECT_EQ(limited.status, 429);
    EXPECT_TRUE(limited.body.starts_with(R"({"error":"rate-limited")")) << limited.body;
    EXPECT_NE(limited.field("Retry-After"), "");
    EXPECT_EQ(post("192.0.2.2").status, 415);
}

}  // namespace
}  // namespace posta::testing
