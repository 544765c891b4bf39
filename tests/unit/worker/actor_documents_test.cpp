#include "worker/outbox/actor_documents.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/https_peer.h"
#include "worker/outbox/document_fetch.h"

namespace posta::worker {
namespace {

using namespace std::chrono_literals;
using wire::Refusal;

constexpr auto kAlice = "https://alice.example";

// Notes what is asked for; the test answers when it likes.
class PendingSource final : public DocumentSource {
public:
    std::vector<std::pair<std::string, OnFetched>> pending;
    int fetches = 0;

    void fetch(const std::string& url, OnFetched on_fetched) override {
        ++fetches;
        pending.emplace_back(url, std::move(on_fetched));
    }
    void answer(std::vector<std::string> key_ids) {
        const auto [url, on_fetched] = take();
        wire::ActorDocument document;
        document.url = url;
        for (auto& id : key_ids) document.keys.push_back({std::move(id), {}});
        on_fetched(std::move(document));
    }
    void fail() { take().second(Error{ErrorCode::unavailable, "down"}); }

private:
    std::pair<std::string, OnFetched> take() {
        auto first = std::move(pending.at(0));
        pending.erase(pending.begin());
        return first;
    }
};

class ActorDocumentsTest : public ::testing::Test {
protected:
    // "key", or the refusal's code, or "" while waiting.
    std::shared_ptr<std::string> ask(const std::string& key_id, const std::string& url = kAlice) {
        auto outcome = std::make_shared<std::string>();
        documents.find_key(url, key_id, [outcome](const auto& key) {
            *outcome = key ? "key" : std::string(wire::answer_for(key.error().refusal).code);
        });
        return outcome;
    }

    posta::testing::FakeClock clock;
    PendingSource source;
    ActorDocuments documents{clock, source, {.documents = 3, .fetches = 2}};
};

TEST_F(ActorDocumentsTest, KeepsACopyForFiveMinutes) {
    ask("k1");
    source.answer({"k1"});
    clock.advance(5min);
    EXPECT_EQ(*ask("k1"), "key");
    EXPECT_EQ(source.fetches, 1);

    clock.advance(1ms);
    const auto outcome = ask("k1");
    EXPECT_EQ(*outcome, "");
    source.answer({"k1"});
    EXPECT_EQ(*outcome, "key");
    EXPECT_EQ(source.fetches, 2);
}

TEST_F(ActorDocumentsTest, SharesOneFetchAmongThoseWhoAsk) {
    const auto first = ask("k1");
    const auto second = ask("k2");
    bool got = false;
    documents.get(kAlice, [&got](const auto& document) { got = document.has_value(); });
    EXPECT_EQ(source.fetches, 1);

    source.answer({"k1"});

    EXPECT_EQ(*first, "key");
    EXPECT_EQ(*second, "unknown-key");
    EXPECT_TRUE(got);
}

TEST_F(ActorDocumentsTest, FetchesOnceMoreForAnUnknownKeyWhenTheCopyIsOlder) {
    ask("k1");
    source.answer({"k1"});
    clock.advance(10s);
    EXPECT_EQ(*ask("k2"), "unknown-key");
    EXPECT_EQ(source.fetches, 1);

    clock.advance(1ms);
    const auto rotated = ask("k2");
    source.answer({"k1", "k2"});
    EXPECT_EQ(*rotated, "key");
    EXPECT_EQ(*ask("k3"), "unknown-key") << "the copy is young again";
    EXPECT_EQ(source.fetches, 2);
}

TEST_F(ActorDocumentsTest, ForgetsAKeyThatTheNewCopyDoesNotList) {
    ask("k1");
    source.answer({"k1"});
    clock.advance(11s);
    ask("k2");
    source.answer({"k2"});
    EXPECT_EQ(*ask("k1"), "unknown-key");
}

TEST_F(ActorDocumentsTest, RemembersAFailureForThirtySeconds) {
    const auto first = ask("k1");
    source.fail();
    EXPECT_EQ(*first, "actor-doc-unavailable");
    clock.advance(30s - 1ms);
    EXPECT_EQ(*ask("k1"), "actor-doc-unavailable");
    bool failed = false;
    documents.get(kAlice, [&failed](const auto& document) { failed = !document; });
    EXPECT_TRUE(failed);
    EXPECT_EQ(source.fetches, 1);

    clock.advance(1ms);
    ask("k1");
    EXPECT_EQ(source.fetches, 2);
}

TEST_F(ActorDocumentsTest, KeepsUsingAGoodCopyWhenANewFetchFails) {
    ask("k1");
    source.answer({"k1"});
    clock.advance(1min);
    const auto unknown = ask("k2");
    source.fail();
    EXPECT_EQ(*unknown, "actor-doc-unavailable");
    EXPECT_EQ(*ask("k1"), "key");
    EXPECT_EQ(*ask("k2"), "actor-doc-unavailable");
    EXPECT_EQ(source.fetches, 2);
}

TEST_F(ActorDocumentsTest, ForgetsTheUrlAskedForLongestAgo) {
    for (const auto url : {"https://a.example", "https://b.example", "https://c.example"}) {
        ask("k1", url);
        source.answer({"k1"});
    }
    EXPECT_EQ(*ask("k1", "https://a.example"), "key");
    ask("k1", "https://d.example");
    source.answer({"k1"});

    EXPECT_EQ(documents.remembered(), 3U);
    EXPECT_EQ(*ask("k1", "https://a.example"), "key");
    EXPECT_EQ(*ask("k1", "https://b.example"), "") << "fetched again";
}

TEST_F(ActorDocumentsTest, RunsOnlySoManyFetchesAtOnce) {
    ask("k1", "https://a.example");
    ask("k1", "https://b.example");
    EXPECT_EQ(*ask("k1", "https://c.example"), "actor-doc-unavailable");
    EXPECT_EQ(*ask("k1", "https://a.example"), "") << "joins the one that runs";
    EXPECT_EQ(source.fetches, 2);
    source.answer({"k1"});
    EXPECT_EQ(*ask("k1", "https://c.example"), "") << "the refusal was not remembered";
}

TEST_F(ActorDocumentsTest, MayBeAskedAgainFromACallback) {
    int called = 0;
    documents.get(kAlice, [&](const auto& first) {
        EXPECT_FALSE(first);
        documents.get(kAlice, [&](const auto&) { ++called; });
    });
    source.fail();
    EXPECT_EQ(called, 1);
    EXPECT_EQ(source.fetches, 1);
}

TEST(DocumentFetch, TakesOnlyA200WithADocumentOfThatUrl) {
    const posta::testing::HttpsPeer peer;
    EventLoop loop;
    HttpsClient client(loop, {peer.ca_bundle(), true});
    DocumentFetch source(client);
    const auto put = [&](const std::string& name, const std::string& body) {
        HttpsRequest request;
        request.method = HttpsRequest::Method::post;
        request.url = peer.url("alice.localhost", "/put/" + name);
        request.body = body;
        client.start(request, [&loop](const auto&) { loop.stop(); });
        loop.run();
    };
    const auto fetch = [&](const std::string& url) {
        std::string outcome;
        source.fetch(url, [&](const Result<wire::ActorDocument>& document) {
            outcome = document ? document->name : "failed: " + document.error().message;
            loop.stop();
        });
        loop.run();
        return outcome;
    };
    const std::string url = peer.url("alice.localhost", "/doc/a");
    const std::string key(43, 'A');
    put("a", R"({"url":")" + url + R"(","name":"Alice","keys":[{"id":"k","algorithm":"ed25519",)" +
                 R"("publicKey":")" + key + R"(="}]})");
    put("b", "{}");

    EXPECT_EQ(fetch(url), "Alice");
    EXPECT_TRUE(fetch(peer.url("bob.localhost", "/doc/a")).starts_with("failed")) << "another URL";
    EXPECT_TRUE(fetch(peer.url("alice.localhost", "/doc/b")).starts_with("failed"));
    EXPECT_TRUE(fetch(peer.url("alice.localhost", "/redirect")).starts_with("failed"));
    EXPECT_TRUE(fetch(peer.url("alice.localhost", "/status/404")).starts_with("failed"));
    EXPECT_TRUE(fetch(peer.url("alice.localhost", "/bytes/65537")).starts_with("failed"));
}

}  // namespace
}  // namespace posta::worker
