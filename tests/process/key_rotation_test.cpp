// Keys change while two identities of a real server write to each other over real HTTPS.

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "common/base/encoding.h"
#include "common/base/log.h"
#include "common/base/random_id.h"
#include "common/json/parse.h"
#include "tests/support/http_client.h"
#include "tests/support/https_peer.h"
#include "tests/support/live_server.h"
#include "worker/envelope/envelope.h"
#include "worker/envelope/wire.h"
#include "worker/identity/keys.h"
#include "worker/store/store.h"

namespace posta::test {
namespace {

class KeyRotation : public ::testing::Test {
protected:
    KeyRotation() {
        peer.pass_home_on_to(live.server.port());
        for (const std::string slug : {"alice", "bob"}) {
            const Outcome added =
                live.run("identity add --slug " + slug + " --url " + url(slug) + " --apply");
            EXPECT_EQ(added.exit_code, 0) << added.output;
            EXPECT_EQ(live.run("ctl wait " + slug + " ready 20").exit_code, 0);
        }
    }

    std::string url(const std::string& slug) const {
        return peer.url(slug + ".localhost", "/home/" + slug);
    }
    std::string head(const std::string& method, const std::string& slug,
                     const std::string& path) const {
        return method + " /home/" + slug + path + " HTTP/1.1\r\nHost: " + slug + ".localhost\r\n";
    }
    std::string document_request() const {
        return head("GET", "alice", "") + "Accept: application/posta+json\r\n\r\n";
    }
    static std::string with_body(const std::string& head, const std::string& body) {
        return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    std::string message_request(const std::string& token, const std::string& text) const {
        const std::string body = R"({"peer":")" + url("bob") + R"(","payload":")" + text + "\"}";
        return with_body(head("POST", "alice", "/api/v1/messages") + "Authorization: Bearer " +
                             token + "\r\nContent-Type: application/json\r\n",
                         body);
    }
    std::string token() const {
        const Outcome made = live.run("token create --slug alice --name t --no-qr --json");
        return std::string(*json::parse(made.output).value().find("token")->string());
    }
    // The id of the key that signs, as `key list` says.
    std::string newest_key() const {
        const Outcome listed = live.run("key list --slug alice --json");
        const auto keys = json::parse(listed.output).value();
        for (const json::Value& key : keys.find("keys")->elements())
            if (key.find("signs")->boolean() == true) return std::string(*key.find("id")->string());
        return {};
    }
    std::unique_ptr<store::Store> store_of(const std::string& slug) {
        return store::Store::open(live.server.data_dir_of(slug) + "/inbox.db", clock, log).value();
    }
    std::string key_of_message(const std::string& text) {
        const auto bob = store_of("bob");
        store::Statement find(bob->database(),
                              "SELECT key_id FROM messages WHERE direction = 'in' AND payload = ?");
        const std::string payload = '"' + text + '"';
        store::Rows rows = find.run({payload});
        return rows.next().value() ? rows.text(0) : "";
    }
    // Until bob has got what was posted a while before: a fast machine posts faster than it
    // delivers, and the last message would come minutes later.
    void wait_for_bob(int number) {
        constexpr int kUnderWay = 50;
        if (number < kUnderWay || number % 10 != 0) return;
        const std::string earlier = "n" + std::to_string(number - kUnderWay);
        EXPECT_TRUE(eventually([&] { return !key_of_message(earlier).empty(); }));
    }
    // A message of alice that somebody else has signed with her key.
    int post_signed_with(const worker::Key& key, const std::string& id) {
        wire::Envelope envelope;
        envelope.id = id;
        envelope.sender = url("alice");
        envelope.recipient = url("bob");
        envelope.timestamp = clock.now();
        envelope.key_id = key.id;
        envelope.payload = "1";
        const std::string body = wire::write_envelope(envelope);
        HttpClient client(live.server.port());
        return client
            .ask(with_body(head("POST", "bob", "") +
                               "Content-Type: application/posta+json\r\nPosta-Signature: " +
                               base64_encode(key.private_key.sign(body)) + "\r\n",
                           body),
                 "POST")
            .status;
    }
    // A restart forgets whose documents were seen.
    void forget_documents() { EXPECT_EQ(live.run("ctl restart bob").exit_code, 0); }

    const SystemClock clock{};
    Log log{clock, "test", LogLevel::warn, LogFormat::text};
    posta::testing::HttpsPeer peer;
    // No limit of messages: a fast machine delivers more than 1,200 from one address in a minute.
    LiveServer live{{},
                    "rate_per_minute = 0\nrate_per_minute_address = 0\n"
                    "allow_private_peers = true\nca_bundle = \"" +
                        peer.ca_bundle() + "\""};
};

TEST_F(KeyRotation, ChangesTheDocumentAndSignsTheNextMessageWhenTheCommandReturns) {
    HttpClient client(live.server.port());
    const Answer before = client.ask(document_request());
    const std::string old_key = newest_key();
    ASSERT_EQ(before.status, 200) << before.body;

    const Outcome rotated = live.run("key rotate --slug alice --apply");
    ASSERT_EQ(rotated.exit_code, 0) << rotated.output;
    const Answer after = client.ask(document_request());

    EXPECT_EQ(after.status, 200);
    const std::string new_key = newest_key();
    EXPECT_NE(new_key, old_key);
    for (const std::string& key : {old_key, new_key})
        EXPECT_NE(after.body.find('"' + key + '"'), std::string::npos) << after.body;
    const std::size_t etag = before.head.find("ETag: ");
    ASSERT_NE(etag, std::string::npos) << before.head;
    EXPECT_FALSE(after.head_has(before.head.substr(etag, before.head.find("\r\n", etag) - etag)));
    write_text(live.server.folder() / "payload", "\"x\"");
    const Outcome sent = live.run("send --slug alice --to " + url("bob") + " --wait < " +
                                  live.server.folder() / "payload");
    EXPECT_EQ(sent.exit_code, 0) << sent.output;
    EXPECT_EQ(key_of_message("x"), new_key);
}

TEST_F(KeyRotation, LetsTheOldKeySignWhileItIsListed) {
    const auto old_ring =
        worker::KeyRing::load(live.server.data_dir_of("alice") + "/keys.json").value();
    const worker::Key& old_key = old_ring.signing_key();
    EXPECT_EQ(post_signed_with(old_key, "m1"), 204);

    ASSERT_EQ(live.run("key rotate --slug alice --apply").exit_code, 0);
    forget_documents();
    EXPECT_EQ(post_signed_with(old_key, "m2"), 204);

    const Outcome removed = live.run("key remove --slug alice --id " + old_key.id + " --apply");
    ASSERT_EQ(removed.exit_code, 0) << removed.output;
    forget_documents();
    EXPECT_EQ(post_signed_with(old_key, "m3"), 401);
}

// Messages and requests go on while the key is changed three times. Bob's copy of alice's document
// is older than the ten seconds for which a copy is believed about a key that it does not list.
TEST_F(KeyRotation, LosesNothingUnderLoad) {
    const std::string bearer = token();
    std::atomic<bool> stopping{false};
    std::atomic<int> posted{0};
    std::mutex mutex;
    std::vector<std::string> failures;
    const auto repeat = [&](const auto& next_request, const std::string& method, int expected) {
        std::optional<HttpClient> client;
        for (int number = 0; !stopping; ++number) {
            if (!client) client.emplace(live.server.port());
            const Answer answer = client->ask(next_request(number), method);
            if (answer.status != expected) {
                const std::lock_guard<std::mutex> lock(mutex);
                failures.push_back(method + " " + std::to_string(answer.status) + answer.body);
            }
            if (!answer.keep_alive) client.reset();
        }
    };
    std::thread reader([&] { repeat([&](int) { return document_request(); }, "GET", 200); });
    std::thread writer([&] {
        repeat(
            [&](int number) {
                wait_for_bob(number);
                posted = number;
                return message_request(bearer, "n" + std::to_string(number));
            },
            "POST", 202);
    });
    ASSERT_TRUE(eventually([&] { return !key_of_message("n0").empty(); }));
    const auto seen = clock.steady();
    ASSERT_TRUE(eventually([&] { return clock.steady() - seen > wire::kRefetchAge; }));

    const std::string first_key = newest_key();
    EXPECT_EQ(live.run("key rotate --slug alice --apply").exit_code, 0);
    const std::string second_key = newest_key();
    const int rotated = posted + 1;
    EXPECT_TRUE(eventually([&] { return posted > rotated + 2; }));
    EXPECT_EQ(live.run("key remove --slug alice --id " + first_key + " --apply").exit_code, 0);
    const int removed = posted + 1;
    EXPECT_TRUE(eventually([&] { return posted > removed + 2; }));
    stopping = true;
    reader.join();
    writer.join();

    EXPECT_TRUE(failures.empty()) << failures.size() << ": " << failures.front();
    const std::string last = "n" + std::to_string(posted);
    EXPECT_TRUE(eventually([&] { return !key_of_message(last).empty(); }));
    for (const int number : {rotated, removed, posted.load()})
        EXPECT_EQ(key_of_message("n" + std::to_string(number)), second_key) << number;
    EXPECT_EQ(key_of_message("n0"), first_key);
    const auto bob = store_of("bob");
    store::Statement count(bob->database(),
                           "SELECT count(*), count(DISTINCT payload) FROM messages");
    store::Rows rows = count.run();
    ASSERT_TRUE(rows.next().value());
    EXPECT_EQ(rows.integer(0), posted + 1);
    EXPECT_EQ(rows.integer(1), posted + 1);
}

}  // namespace
}  // namespace posta::test
