// The wire protocol through a real worker, with real HTTPS peers.
#include <gtest/gtest.h>
#include <sodium.h>

#include <map>

#include "common/base/encoding.h"
#include "common/base/file.h"
#include "common/base/random_id.h"
#include "common/base/rfc3339.h"
#include "common/json/parse.h"
#include "tests/support/evidence.h"
#include "tests/support/https_peer.h"
#include "tests/support/test_paths.h"
#include "tests/support/worker_process.h"
#include "worker/envelope/envelope.h"
#include "worker/envelope/signature.h"
#include "worker/identity/keys.h"

namespace posta::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kVectorSender = "https://alice.example/inbox";

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    if (what.empty()) return;
    for (std::size_t at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

std::string text_in(const json::Value& object, std::string_view name) {
    return std::string(*object.find(name)->string());
}

// A vector of receive.json, carried over to now and to a sender that really answers: other
// timestamps, another URL, another key. Where the vector's signature was its key's, ours is.
struct Carried {
    std::string name;
    std::string sender;
    std::string document;  // empty: the sender has none
    std::string fields;
    std::string body;
    std::vector<std::pair<std::string, std::string>> stored;
    int status;
    std::string code;
};

class Carrier {
public:
    Carrier(const json::Value& vectors, const HttpsPeer& peer) : peer_(peer) {
        const json::Value& first = vectors.elements().front();
        const std::string document = text_in(*first.find("actorDocs")->find(kVectorSender), "body");
        const auto parsed = json::parse(document).value();
        their_key_ = text_in(parsed.find("keys")->elements().front(), "publicKey");
    }

    Carried carry(const json::Value& vector, int number) const {
        Carried carried;
        carried.name = text_in(vector, "name");
        const std::string own_name = "v" + std::to_string(number);
        const json::Value* answer = vector.find("actorDocs")->find(kVectorSender);
        carried.sender = sender_url(answer, own_name);
        if (answer != nullptr && answer->find("status")->integer() == 200) {
            carried.document = text_in(*answer, "body");
            replace_all(carried.document, kVectorSender, carried.sender);
            replace_all(carried.document, their_key_, base64_encode(our_key_.public_key()));
        }
        const std::string body = base64_decode(text_in(vector, "body")).value();
        carried.body = body;
        replace_all(carried.body, kVectorSender, carried.sender);
        move_time(carried.body, *parse_time(text_in(vector, "now")));
        for (const json::Value& field : vector.find("headers")->elements()) {
            const std::string name(*field.elements()[0].string());
            std::string value(*field.elements()[1].string());
            if (name == wire::kSignatureField && is_theirs(value, body)) {
                value = base64_encode(our_key_.sign(carried.body));
            }
            carried.fields += name + ": " + value + "\r\n";
        }
        for (const json::Value& pair : vector.find("stored")->elements()) {
            std::string sender(*pair.elements()[0].string());
            replace_all(sender, kVectorSender, carried.sender);
            carried.stored.emplace_back(sender, *pair.elements()[1].string());
        }
        carried.status = static_cast<int>(*vector.find("expect")->find("status")->integer());
        const json::Value* code = vector.find("expect")->find("code");
        if (code != nullptr) carried.code = *code->string();
        return carried;
    }

private:
    std::string sender_url(const json::Value* answer, const std::string& own_name) const {
        if (answer == nullptr) return "https://alice.localhost:1/" + own_name;
        const bool redirects = answer->find("status")->integer() == 302;
        return peer_.url("alice.localhost", (redirects ? "/redirect/" : "/doc/") + own_name);
    }

    bool is_theirs(const std::string& value, const std::string& body) const {
        const auto signature = wire::parse_signature({value});
        const auto key = wire::parse_public_key(their_key_);
        return signature && wire::verify(*key, *signature, body);
    }

    // The same distance from now, except that the clock goes on: what is just inside the window is
    // moved well inside, what is just outside well outside.
    static void move_time(std::string& body, WallTime vector_now) {
        const auto parsed = json::parse(body);
        if (!parsed) return;
        const json::Value* timestamp = parsed->find("timestamp");
        const auto text = timestamp != nullptr ? timestamp->string() : std::nullopt;
        const auto time = text ? parse_time(*text) : std::nullopt;
        if (!time) return;
        std::chrono::milliseconds offset = *time - vector_now;
        if (offset != 0ms) {
            const auto away = offset > 0ms ? 30s : -30s;
            offset += std::chrono::abs(offset) > wire::kTimestampWindow ? away : -away;
        }
        const std::string old(*text);
        const std::string fresh = format_time(SystemClock().now() + offset);
        replace_all(body, old, fresh);
    }

    const HttpsPeer& peer_;
    worker::PrivateKey our_key_ = worker::PrivateKey::generate();
    std::string their_key_;
};

class WireTest : public ::testing::Test {
protected:
    WireTest() {
        worker_.tenant.allow_private_peers = true;
        worker_.tenant.ca_bundle = peer_.ca_bundle();
        worker_.tenant.rate_per_minute_address = 0;
    }

    RawClient connect() {
        RawClient client = worker_.connect();
        client.host = "bob.example";
        return client;
    }
    // Waits until the message of that row is in `state`.
    bool becomes(std::int64_t row_id, std::string_view state) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        std::string now;
        while (now != state && std::chrono::steady_clock::now() < deadline) {
            worker_.with_store(
                [&](store::Store& store) { now = store.messages().find(row_id).value()->state; });
        }
        return now == state;
    }

    HttpsPeer peer_;
    WorkerProcess worker_{POSTA_SERVER, "https://bob.example"};
};

TEST_F(WireTest, AnswersEveryVectorAsTheContractSays) {
    const std::string text = read_file(POSTA_TEST_DATA "/vectors/receive.json", 1 << 20).value();
    const json::Value vectors = json::parse(text).value();
    const Carrier carrier(vectors, peer_);
    worker_.start();

    int number = 0;
    for (const json::Value& vector : vectors.elements()) {
        const Carried carried = carrier.carry(vector, ++number);
        if (!carried.document.empty()) {
            peer_.put("/doc/v" + std::to_string(number), carried.document);
        }
        worker_.with_store([&](store::Store& store) {
            for (const auto& [sender, id] : carried.stored) {
                store::MessageStore::Inbound message;
                message.sender = sender;
                message.id = id;
                message.payload = "1";
                ASSERT_TRUE(store.messages().add_inbound(message).value());
            }
        });
        RawClient client = connect();
        const Answer answer = client.ask("POST", "/", carried.fields, carried.body);
        EXPECT_EQ(answer.status, carried.status) << carried.name << ": " << answer.body;
        const std::string code = "{\"error\":\"" + carried.code + "\"";
        if (!carried.code.empty()) {
            EXPECT_TRUE(answer.body.starts_with(code)) << carried.name << ": " << answer.body;
        }
        EXPECT_EQ(answer.field("WWW-Authenticate"), answer.status == 401 ? "Posta" : "");
        if (carried.name == "payload number keeps spelling") {
            worker_.with_store([&](store::Store& store) {
                const auto page = store.messages().page({carried.sender, {}, {}, 1}).value();
                EXPECT_EQ(page.messages.at(0).payload, "1.50e+02");
            });
        }
    }
}

TEST_F(WireTest, SendsWhatAClientQueuesOnceForEachKey) {
    const std::string token = worker_.token("phone");
    worker_.start();
    RawClient client = connect();
    const std::string fields = "Authorization: Bearer " + token +
                               "\r\nContent-Type: application/json\r\nIdempotency-Key: k1\r\n";
    const std::string carol = peer_.url("bob.localhost", "/doc/carol");
    const std::string payload = R"({ "b" : 1.50, "text" : "for the eyes of Carol alone" })";
    test::record_secret("payload", "for the eyes of Carol alone");
    const std::string body = R"({"peer":")" + carol + R"(","payload":)" + payload + "}";

    const Answer first = client.ask("POST", "/api/v1/messages", fields, body);
    const Answer again = client.ask("POST", "/api/v1/messages", fields, body);
    const Answer other = client.ask("POST", "/api/v1/messages", fields, body + " ");

    ASSERT_EQ(first.status, 202) << first.body;
    EXPECT_EQ(again.status, 202);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(other.status, 409);
    EXPECT_NE(other.body.find("idempotency-mismatch"), std::string::npos);

    const auto queued = json::parse(first.body).value();
    ASSERT_TRUE(becomes(*queued.find("rowId")->integer(), "delivered"));
    const std::string posted = peer_.posted_to("/doc/carol");
    const auto space = posted.find(' ');
    const std::string sent = posted.substr(space + 1, posted.size() - space - 2);
    const auto envelope = wire::parse_envelope(sent);
    ASSERT_TRUE(envelope) << posted;
    EXPECT_EQ(envelope->id, *queued.find("id")->string());
    EXPECT_EQ(envelope->sender, "https://bob.example");
    EXPECT_EQ(envelope->recipient, carol);
    EXPECT_EQ(envelope->payload, payload);
    const auto keys = worker::KeyRing::load(worker_.data_dir() + "/keys.json").value();
    const auto key = wire::parse_public_key(base64_encode(keys.signing_key().public_key));
    EXPECT_TRUE(wire::verify(*key, *wire::parse_signature({posted.substr(0, space)}), sent));
}

TEST_F(WireTest, RetriesWhatHasFailed) {
    const std::string token = worker_.token("phone");
    worker_.start();
    RawClient client = connect();
    const std::string fields = "Authorization: Bearer " + token + "\r\n";
    const std::string gone = peer_.url("bob.localhost", "/status/410");

    const Answer first =
        client.ask("POST", "/api/v1/messages", fields, R"({"peer":")" + gone + R"(","payload":1})");
    ASSERT_EQ(first.status, 202) << first.body;
    const auto row = *json::parse(first.body).value().find("rowId")->integer();
    ASSERT_TRUE(becomes(row, "failed-permanent"));
    const std::string path = "/api/v1/messages/" + std::to_string(row) + "/retry";
    EXPECT_EQ(client.ask("POST", path, fields).status, 202);
    ASSERT_TRUE(becomes(row, "failed-permanent"));
    EXPECT_EQ(client.ask("POST", "/api/v1/messages/999/retry", fields).status, 404);
}

TEST_F(WireTest, KeepsContactsThroughTheApi) {
    const std::string token = worker_.token("phone");
    worker_.start();
    RawClient client = connect();
    const std::string fields = "Authorization: Bearer " + token + "\r\n";

    EXPECT_EQ(
        client.ask("POST", "/api/v1/contacts", fields, R"({"url":"Alice.Example/x/"})").status,
        201);
    const Answer again =
        client.ask("POST", "/api/v1/contacts", fields, R"({"url":"https://alice.example/x"})");
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(
        again.body,
        R"({"url":"alice.example/x","name":"","avatar":"","about":"","kind":"","pinned":false,)"
        R"("lastMessageAt":"","lastReadRowId":0,"unreadCount":0})");
    const Answer bad = client.ask("POST", "/api/v1/contacts", fields, R"({"url":"127.1"})");
    EXPECT_EQ(bad.status, 400);
    EXPECT_NE(bad.body.find("ip-literal-host"), std::string::npos);
    const Answer pinned =
        client.ask("PATCH", "/api/v1/contacts?peer=alice.example/x", fields, R"({"pinned":true})");
    EXPECT_NE(pinned.body.find("\"pinned\":true"), std::string::npos);
    EXPECT_EQ(
        client
            .ask("POST", "/api/v1/contacts/read", fields, R"({"peer":"alice.example/x","rowId":3})")
            .status,
        200);
    EXPECT_EQ(
        client
            .ask("POST", "/api/v1/contacts/read", fields, R"({"peer":"alice.example/x","rowId":3})")
            .status,
        204);
    EXPECT_EQ(client.ask("DELETE", "/api/v1/contacts?peer=alice.example/x", fields).status, 204);
    EXPECT_EQ(client.ask("DELETE", "/api/v1/contacts?peer=alice.example/x", fields).status, 404);
}

}  // namespace
}  // namespace posta::testing
