#include "worker/envelope/envelope.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "common/base/encoding.h"
#include "common/base/rfc3339.h"
#include "worker/envelope/actor_document.h"
#include "worker/envelope/signature.h"

namespace posta::wire {
namespace {

std::string envelope_with(std::string_view version, std::string_view more = "") {
    return R"({"version":)" + std::string(version) +
           R"(,"id":"a b","sender":"https://a.example","recipient":"https://b.example",)"
           R"("timestamp":"2026-05-10T12:00:00Z","keyId":"k","payload": {"b" : 1.0, "a":[ ]})" +
           std::string(more) + "}";
}

Refusal refusal_of(std::string_view body) {
    const auto parsed = parse_envelope(body);
    EXPECT_FALSE(parsed);
    return parsed ? Refusal::internal : parsed.error().refusal;
}

TEST(Envelope, ReadsItsMembers) {
    const auto envelope = parse_envelope(envelope_with("1", R"(,"inReplyTo":"x","new":{})"));
    ASSERT_TRUE(envelope);
    EXPECT_EQ(envelope->id, "a b");
    EXPECT_EQ(envelope->sender, "https://a.example");
    EXPECT_EQ(envelope->recipient, "https://b.example");
    EXPECT_EQ(envelope->timestamp, parse_time("2026-05-10T12:00:00Z"));
    EXPECT_EQ(envelope->key_id, "k");
    EXPECT_EQ(envelope->in_reply_to, "x");
    EXPECT_EQ(envelope->payload, R"({"b" : 1.0, "a":[ ]})");
}

TEST(Envelope, TellsAnotherVersionFromAnotherType) {
    for (const auto version : {"2", "0", "-1", "99999999999999999999999"}) {
        EXPECT_EQ(refusal_of(envelope_with(version)), Refusal::unsupported_version) << version;
    }
    for (const auto version : {"1.0", "1e0", "\"1\"", "true", "null", "[1]"}) {
        EXPECT_EQ(refusal_of(envelope_with(version)), Refusal::malformed_envelope) << version;
    }
}

TEST(Envelope, RefusesAnInReplyToThatIsNoString) {
    for (const auto value : {"null", "1", "{}"}) {
        EXPECT_EQ(refusal_of(envelope_with("1", R"(,"inReplyTo":)" + std::string(value))),
                  Refusal::malformed_envelope);
    }
}

TEST(Envelope, ReadsBackWhatItWrites) {
    Envelope envelope = parse_envelope(envelope_with("1")).value();
    const std::string body = write_envelope(envelope);
    EXPECT_EQ(body, R"({"version":1,"id":"a b","sender":"https://a.example",)"
                    R"("recipient":"https://b.example","timestamp":"2026-05-10T12:00:00.000Z",)"
                    R"("keyId":"k","payload":{"b" : 1.0, "a":[ ]}})");
    envelope.in_reply_to = "\"quoted\"";
    EXPECT_EQ(parse_envelope(write_envelope(envelope)).value().in_reply_to, "\"quoted\"");
}

TEST(Signature, IsTheKeysOverTheExactBytes) {
    PublicKey key{};
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
    crypto_sign_keypair(key.data(), secret.data());
    const std::string body = "body";
    Signature signature{};
    crypto_sign_detached(signature.data(), nullptr,
                         reinterpret_cast<const unsigned char*>(body.data()), body.size(),
                         secret.data());

    EXPECT_TRUE(verify(key, signature, body));
    EXPECT_FALSE(verify(key, signature, "bodx"));
    EXPECT_FALSE(verify(key, signature, ""));
    const std::string text = write_signature(signature);
    EXPECT_EQ(parse_signature({text}), signature);
    EXPECT_EQ(parse_signature({}), std::nullopt);
    EXPECT_EQ(parse_signature({text, text}), std::nullopt);
    EXPECT_EQ(parse_signature({text + " "}), std::nullopt);
}

std::string key_json(std::string_view id, std::string_view algorithm = "ed25519",
                     std::size_t bytes = 32) {
    return R"({"id":")" + std::string(id) + R"(","algorithm":")" + std::string(algorithm) +
           R"(","publicKey":")" + base64_encode(std::string(bytes, 'k')) + R"("})";
}

std::string document_with(std::string_view keys, std::string_view more = "") {
    return R"({"url":"https://a.example","keys":[)" + std::string(keys) + "]" + std::string(more) +
           "}";
}

bool is_document(const std::string& body) {
    return parse_actor_document(body, "https://a.example").has_value();
}

TEST(ActorDocument, ReadsWhatItWrites) {
    ActorDocument document{
        "https://a.example",       "Alice",  "",
        "https://a.example/a.png", "person", {{"k1", PublicKey{1, 2}}, {"k2", PublicKey{3}}}};
    const std::string body = write_actor_document(document);
    const auto read = parse_actor_document(body, "https://a.example");
    ASSERT_TRUE(read);
    EXPECT_EQ(write_actor_document(*read), body);
    EXPECT_EQ(body.find("about"), std::string::npos) << "empty members are left out";
    ASSERT_NE(read->find_key("k2"), nullptr);
    EXPECT_EQ(read->find_key("k2")->public_key, (PublicKey{3}));
    EXPECT_EQ(read->find_key("k3"), nullptr);
}

TEST(ActorDocument, SkipsKeysOfAnotherAlgorithm) {
    const auto read =
        parse_actor_document(document_with(key_json("r", "rsa", 1)), "https://a.example");
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->keys.empty());
}

TEST(ActorDocument, KeepsTheLimits) {
    const auto member = [](std::string_view name, std::size_t bytes, std::string_view prefix = "") {
        return document_with(key_json("k"), ",\"" + std::string(name) + "\":\"" +
                                                std::string(prefix) +
                                                std::string(bytes - prefix.size(), 'x') + "\"");
    };
    EXPECT_TRUE(is_document(member("name", 256)));
    EXPECT_FALSE(is_document(member("name", 257)));
    EXPECT_TRUE(is_document(member("about", 4096)));
    EXPECT_FALSE(is_document(member("about", 4097)));
    EXPECT_TRUE(is_document(member("kind", 64)));
    EXPECT_FALSE(is_document(member("kind", 65)));
    EXPECT_TRUE(is_document(member("avatar", 2048, "https://")));
    EXPECT_TRUE(is_document(member("avatar", 20, "HTTPS://")));
    EXPECT_FALSE(is_document(member("avatar", 2049, "https://")));
    EXPECT_FALSE(is_document(member("avatar", 20, "http://")));

    std::string keys = key_json("k0");
    for (int i = 1; i < 16; ++i) keys += "," + key_json("k" + std::to_string(i));
    EXPECT_TRUE(is_document(document_with(keys)));
    EXPECT_FALSE(is_document(document_with(keys + "," + key_json("k16"))));
    EXPECT_TRUE(is_document(document_with(key_json(std::string(128, 'k')))));
    EXPECT_FALSE(is_document(document_with(key_json(std::string(129, 'k')))));
    EXPECT_FALSE(is_document(document_with(key_json(""))));
    EXPECT_FALSE(is_document(document_with(key_json("k", "ed25519", 31))));
    EXPECT_FALSE(is_document(document_with("")));
    EXPECT_FALSE(is_document(document_with("1")));

    const std::string base = document_with(key_json("k"));
    EXPECT_TRUE(is_document(base + std::string(65'536 - base.size(), ' ')));
    EXPECT_FALSE(is_document(base + std::string(65'537 - base.size(), ' ')));
}

TEST(ActorDocument, RefusesAnotherUrlAndOtherShapes) {
    EXPECT_FALSE(parse_actor_document(document_with(key_json("k")), "https://b.example"));
    for (const auto body : {"", "[]", "{}", R"({"url":"https://a.example"})",
                            R"({"url":"https://a.example","keys":{}})", R"({"url":7,"keys":[]})"}) {
        EXPECT_FALSE(is_document(body)) << body;
    }
    EXPECT_FALSE(is_document(document_with(key_json("k"), R"(,"name":1)")));
}

}  // namespace
}  // namespace posta::wire
