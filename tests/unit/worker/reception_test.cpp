#include "worker/envelope/reception.h"
#include "tests/support/test_paths.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <map>
#include <set>

#include "common/base/encoding.h"
#include "common/base/file.h"
#include "common/base/rfc3339.h"
#include "common/json/parse.h"
#include "worker/envelope/actor_document.h"

namespace posta::wire {
namespace {

using namespace std::chrono_literals;

// The parts of one receiver whose peers are a map and whose storage is a set; it notes what it was
// asked for, in order.
class RecordingParts final : public ReceptionParts {
public:
    std::map<std::string, std::string, std::less<>> documents;  // what a GET yields with 200
    std::set<std::pair<std::string, std::string>> stored;
    std::optional<std::chrono::seconds> wait;
    bool open = true;
    std::optional<Error> store_error;
    std::vector<std::string> asked;
    std::string stored_payload;

    void find_key(const std::string& sender, const std::string& key_id, OnKey on_key) override {
        asked.emplace_back("key");
        const auto found = documents.find(sender);
        if (found == documents.end()) return on_key(Refused{Refusal::actor_doc_unavailable, ""});
        const auto document = parse_actor_document(found->second, sender);
        if (!document) return on_key(Refused{Refusal::actor_doc_unavailable, ""});
        const ActorKey* key = document->find_key(key_id);
        if (key == nullptr) return on_key(Refused{Refusal::unknown_key, ""});
        on_key(key->public_key);
    }
    void verify(const PublicKey& key, const Signature& signature,
                std::shared_ptr<const std::string> body, OnVerified on_verified) override {
        asked.emplace_back("verify");
        on_verified(wire::verify(key, signature, *body));
    }
    std::optional<std::chrono::seconds> charge(const std::string&) override {
        asked.emplace_back("charge");
        return wait;
    }
    Result<bool> admits(const std::string&) override {
        asked.emplace_back("admits");
        return open;
    }
    Result<bool> store(const Envelope& envelope, const Signature&, std::string_view) override {
        asked.emplace_back("store");
        if (store_error) return *store_error;
        stored_payload = envelope.payload;
        return stored.emplace(envelope.sender, envelope.id).second;
    }
};

struct Vectors {
    std::string text;
    json::Value root;
};

Vectors read_vectors() {
    Vectors vectors;
    vectors.text = read_file(POSTA_TEST_DATA "/vectors/receive.json", 1 << 20).value();
    vectors.root = json::parse(vectors.text).value();
    return vectors;
}

std::string text_in(const json::Value& object, std::string_view name) {
    return std::string(*object.find(name)->string());
}

Submission submission_of(const json::Value& vector) {
    Submission submission;
    for (const json::Value& field : vector.find("headers")->elements()) {
        const auto name = *field.elements()[0].string();
        auto& values = name == "Content-Type" ? submission.content_types : submission.signatures;
        values.push_back(*field.elements()[1].string());
    }
    submission.body = base64_decode(text_in(vector, "body")).value();
    return submission;
}

RecordingParts parts_of(const json::Value& vector) {
    RecordingParts parts;
    for (const auto& [url, answer] : vector.find("actorDocs")->members()) {
        if (answer.find("status")->integer() == 200) parts.documents[url] = text_in(answer, "body");
    }
    for (const json::Value& pair : vector.find("stored")->elements()) {
        parts.stored.emplace(*pair.elements()[0].string(), *pair.elements()[1].string());
    }
    return parts;
}

Verdict receive_vector(const json::Value& vector, RecordingParts& parts) {
    std::vector<Verdict> verdicts;
    receive(parts, text_in(vector, "recipientUrl"), *parse_time(text_in(vector, "now")),
            submission_of(vector), [&verdicts](const Verdict& each) { verdicts.push_back(each); });
    EXPECT_EQ(verdicts.size(), 1U);
    return verdicts.at(0);
}

const json::Value& vector_named(const Vectors& vectors, std::string_view name) {
    for (const json::Value& vector : vectors.root.elements()) {
        if (vector.find("name")->string() == name) return vector;
    }
    ADD_FAILURE() << "no vector is called " << name;
    return vectors.root;
}

TEST(Reception, AgreesWithEveryVector) {
    const Vectors vectors = read_vectors();
    ASSERT_GT(vectors.root.elements().size(), 55U);
    for (const json::Value& vector : vectors.root.elements()) {
        RecordingParts parts = parts_of(vector);
        const Verdict verdict = receive_vector(vector, parts);
        const json::Value& expected = *vector.find("expect");
        const RefusalAnswer answer =
            verdict.refused ? answer_for(verdict.refused->refusal) : RefusalAnswer{204, ""};
        EXPECT_EQ(answer.status, expected.find("status")->integer()) << text_in(vector, "name");
        const json::Value* code = expected.find("code");
        EXPECT_EQ(answer.code, code != nullptr ? *code->string() : "") << text_in(vector, "name");
    }
}

TEST(Reception, AsksForNothingBeforeItIsEarned) {
    const Vectors vectors = read_vectors();
    const auto asked_for = [&vectors](std::string_view name) {
        const json::Value& vector = vector_named(vectors, name);
        RecordingParts parts = parts_of(vector);
        receive_vector(vector, parts);
        return parts.asked;
    };
    using Steps = std::vector<std::string>;
    EXPECT_EQ(asked_for("accepted"), (Steps{"key", "verify", "charge", "admits", "store"}));
    EXPECT_EQ(asked_for("too old"), Steps{});
    EXPECT_EQ(asked_for("other recipient"), Steps{});
    EXPECT_EQ(asked_for("key not listed"), Steps{"key"});
    EXPECT_EQ(asked_for("signed by another key"), (Steps{"key", "verify"}));
}

TEST(Reception, ChargesBeforeItTellsWhoTheContactsAre) {
    const Vectors vectors = read_vectors();
    const json::Value& vector = vector_named(vectors, "accepted");
    RecordingParts parts = parts_of(vector);
    parts.open = false;
    parts.wait = 17s;

    const Verdict limited = receive_vector(vector, parts);
    parts.wait.reset();
    const Verdict forbidden = receive_vector(vector, parts);

    EXPECT_EQ(limited.refused->refusal, Refusal::rate_limited);
    EXPECT_EQ(limited.retry_after, 17s);
    EXPECT_EQ(forbidden.refused->refusal, Refusal::forbidden);
    EXPECT_TRUE(parts.stored.empty());
}

TEST(Reception, TellsAFullDiskFromAFaultOfOurs) {
    const Vectors vectors = read_vectors();
    const json::Value& vector = vector_named(vectors, "accepted");
    RecordingParts parts = parts_of(vector);
    parts.store_error = Error{ErrorCode::unavailable, "the disk is full"};
    const Verdict full = receive_vector(vector, parts);
    parts.store_error = Error{ErrorCode::io, "a page cannot be read"};
    const Verdict broken = receive_vector(vector, parts);

    EXPECT_EQ(full.refused->refusal, Refusal::unavailable);
    EXPECT_GT(full.retry_after, 0s);
    EXPECT_EQ(broken.refused->refusal, Refusal::internal);
}

TEST(Reception, KeepsThePayloadByteForByte) {
    const Vectors vectors = read_vectors();
    const json::Value& vector = vector_named(vectors, "payload number keeps spelling");
    RecordingParts parts = parts_of(vector);
    receive_vector(vector, parts);
    EXPECT_EQ(parts.stored_payload, "1.50e+02");
}

TEST(Reception, TakesTheContentTypeInAnyCaseAndWithParameters) {
    for (const char* type : {"application/posta+json", "Application/POSTA+json;charset=utf-8",
                             "application/posta+json ; q=1"}) {
        EXPECT_TRUE(is_posta_json(type)) << type;
    }
    for (const char* type : {"", "application/json", "application/posta+json2", "application/posta",
                             "application/posta+json, text/html"}) {
        EXPECT_FALSE(is_posta_json(type)) << type;
    }
}

}  // namespace
}  // namespace posta::wire
