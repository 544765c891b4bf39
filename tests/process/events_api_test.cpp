// Events as a client sees them, sentence by sentence of CLIENT_API.md: one real worker.
#include <gtest/gtest.h>

#include <csignal>
#include <utility>

#include "tests/support/api_test.h"
#include "tests/support/event_reader.h"

namespace posta::testing {
namespace {

using namespace std::chrono_literals;
using test::EventReader;
using test::eventually;
using test::SeenEvent;

class EventsApi : public ApiTest {
protected:
    std::string events_request(const std::string& token, const std::string& last_id = "") const {
        return "GET /api/v1/events HTTP/1.1\r\nHost: bob.example\r\nAuthorization: Bearer " +
               token + "\r\n" + (last_id.empty() ? "" : "Last-Event-ID: " + last_id + "\r\n") +
               "\r\n";
    }
    // A stream that has said `ready`; what it said before is in `replayed_`.
    std::unique_ptr<EventReader> open(const std::string& last_id = "",
                                      const std::string& token = "") {
        auto reader = std::make_unique<EventReader>(worker_.dial());
        EXPECT_EQ(reader->open(events_request(token.empty() ? token_ : token, last_id)), 200);
        replayed_ = reader->until("ready");
        EXPECT_FALSE(replayed_.empty());
        return reader;
    }
    std::string names() const {
        std::string all;
        for (const SeenEvent& event : replayed_) all += event.name + " ";
        return all;
    }
    SeenEvent next(EventReader& reader) {
        const auto event = reader.next();
        EXPECT_TRUE(event);
        return event.value_or(SeenEvent{});
    }
    // The next event has that kind and that object.
    void expect_next(EventReader& reader, const std::string& name, const std::string& data) {
        const SeenEvent event = next(reader);
        EXPECT_EQ(event.name, name);
        EXPECT_EQ(event.data, data);
    }

    std::vector<SeenEvent> replayed_;
};

TEST_F(EventsApi, NeedATokenAndAnswerGetAndHeadOnly) {
    RawClient stranger = worker_.connect();
    stranger.host = "bob.example";
    const Answer refused = stranger.ask("GET", "/api/v1/events");
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.field("WWW-Authenticate"), "Bearer");
    const Answer head = ask("HEAD", "/events");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.field("Content-Type"), "text/event-stream");
    const Answer wrong = ask("POST", "/events");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.field("Allow"), "GET, HEAD");
}

TEST_F(EventsApi, BeginWithRetryAndReady) {
    const auto reader = open();
    EXPECT_EQ(names(), "ready ");
    EXPECT_EQ(replayed_.at(0).data, "{}");
    EXPECT_EQ(reader->retry_ms(), 2000);
    for (const char* field : {"Content-Type: text/event-stream", "Cache-Control: no-store"})
        EXPECT_NE(reader->head().find(field), std::string::npos) << reader->head();
}

TEST_F(EventsApi, TellOfAMessageThatArrived) {
    const auto reader = open();
    receive("m1");
    const SeenEvent met = next(*reader);
    EXPECT_EQ(met.name, "contact-changed");
    EXPECT_TRUE(met.data.starts_with("{\"url\":\"" + shown(alice_.url()) + "\"")) << met.data;
    const SeenEvent inbound = next(*reader);
    EXPECT_EQ(inbound.name, "inbound");
    EXPECT_EQ(inbound.data, message_of(1));
    EXPECT_GT(inbound.id, met.id);
    // A second one is answered 409 and is no event.
    const Correspondent::Post again = alice_.message(kApiUrl, "m1");
    RawClient client = worker_.connect();
    client.host = "bob.example";
    EXPECT_EQ(client.ask("POST", "/", again.fields, again.body).status, 409);
    receive("m2");
    EXPECT_NE(next(*reader).data.find("\"id\":\"m2\""), std::string::npos);
}

TEST_F(EventsApi, TellWhatBecomesOfAMessageOfOurs) {
    const std::string carol = peer_.url("carol.localhost", "/ok");
    peer_.put("/ok", "{}");
    const auto reader = open();
    const std::int64_t row = queue(carol, R"({"kind":"x",
 "n":1.0})");
    const SeenEvent met = next(*reader);
    EXPECT_EQ(met.name, "contact-changed");
    std::vector<std::string> states;
    while (states.size() < 3) {
        const SeenEvent event = next(*reader);
        if (event.name == "contact-changed") continue;
        ASSERT_EQ(event.name, "outbound-state");
        const auto object = json::parse(event.data).value();
        EXPECT_EQ(object.find("rowId")->integer(), row);
        EXPECT_EQ(object.find("peer")->string(), shown(carol));
        states.emplace_back(*object.find("state")->string());
        EXPECT_NE(object.find("lastErrorCode"), nullptr);
    }
    EXPECT_EQ(states.at(0), "pending");
    EXPECT_EQ(states.at(1), "sending");
}

TEST_F(EventsApi, AreNotDoubledByARepeatedPost) {
    const auto reader = open();
    const std::string body = R"({"peer":"nobody.invalid","payload":1})";
    const std::string key = "Idempotency-Key: k1\r\n";
    const Answer first = ask("POST", "/messages", body, key);
    const Answer again = ask("POST", "/messages", body, key);
    ASSERT_EQ(first.status, 202);
    EXPECT_EQ(again.body, first.body);
    ask("POST", "/contacts", R"({"url":"end.example"})");

    int pending = 0;
    for (SeenEvent event = next(*reader); event.data.find("end.example") == std::string::npos;
         event = next(*reader)) {
        const auto object = json::parse(event.data).value();
        const bool first_try = event.data.find("\"lastErrorCode\":\"\"") != std::string::npos;
        if (first_try && event.data.find("\"state\":\"pending\"") != std::string::npos) ++pending;
    }
    EXPECT_EQ(pending, 1);
}

TEST_F(EventsApi, TellOfContactsAndOfWhatWasRead) {
    const auto reader = open();
    EXPECT_EQ(ask("POST", "/contacts", R"({"url":"dave.example"})").status, 201);
    EXPECT_EQ(ask("POST", "/contacts", R"({"url":"dave.example"})").status, 200);
    const std::string patched =
        ask("PATCH", "/contacts?peer=dave.example", R"({"pinned":true})").body;
    EXPECT_EQ(ask("PATCH", "/contacts?peer=dave.example", R"({"pinned":true})").status, 200);
    EXPECT_EQ(ask("POST", "/contacts/read", R"({"peer":"dave.example","rowId":7})").status, 200);
    EXPECT_EQ(ask("POST", "/contacts/read", R"({"peer":"dave.example","rowId":7})").status, 204);
    EXPECT_EQ(ask("DELETE", "/contacts?peer=dave.example").status, 204);
    EXPECT_EQ(ask("DELETE", "/contacts?peer=dave.example").status, 404);

    const SeenEvent added = next(*reader);
    EXPECT_EQ(added.name, "contact-changed");
    EXPECT_NE(added.data.find("\"url\":\"dave.example\""), std::string::npos);
    expect_next(*reader, "contact-changed", patched);
    expect_next(*reader, "read-watermark-changed", R"({"peer":"dave.example","rowId":7})");
    expect_next(*reader, "contact-removed", R"({"url":"dave.example"})");
}

TEST_F(EventsApi, AreReplayedToAClientThatComesBackAndGrow) {
    const auto first = open();
    const std::string seen = std::to_string(first->last_id());
    for (const char* url : {"a.example", "b.example", "c.example"})
        EXPECT_EQ(ask("POST", "/contacts", std::string(R"({"url":")") + url + "\"}").status, 201);
    const auto again = open(seen);

    EXPECT_EQ(names(), "contact-changed contact-changed contact-changed ready ");
    std::int64_t last = std::stoll(seen);
    for (const SeenEvent& event : replayed_) EXPECT_GT(event.id, std::exchange(last, event.id));
    for (const SeenEvent& event : replayed_) {
        if (event.name == "ready") continue;
        EXPECT_EQ(next(*first).data, event.data);
    }
    const auto third = open(std::to_string(replayed_.at(1).id));
    EXPECT_EQ(names(), "contact-changed ready ");
    const auto up_to_date = open(std::to_string(again->last_id()));
    EXPECT_EQ(names(), "ready ");
}

TEST_F(EventsApi, AskForOneResyncWhenTheIdSaysNothing) {
    for (const char* id : {"0", "1", "-1", "abc", "1.5", "99999999999999999999999",
                           "9007199254740993", "9223372036854775807", "1, 2", "%31"}) {
        const auto reader = open(id);
        EXPECT_EQ(names(), "resync ready ") << id;
        EXPECT_EQ(replayed_.at(0).data, "{}");
    }
}

TEST_F(EventsApi, ReplayTheLastThousandAndTwentyFour) {
    receive("m0");
    const auto first = open();
    RawClient client = worker_.connect();
    for (int number = 1; number <= 1025; ++number) {
        client.send(request(
            "POST", "/contacts/read",
            R"({"peer":")" + shown(alice_.url()) + R"(","rowId":)" + std::to_string(number) + "}",
            ""));
        EXPECT_EQ(client.receive().status, 200);
    }
    const std::string seen = std::to_string(first->last_id());
    const SeenEvent one = next(*first);
    const auto again = open(std::to_string(one.id));
    EXPECT_EQ(replayed_.size(), 1025u);
    EXPECT_NE(replayed_.at(1023).data.find("\"rowId\":1025}"), std::string::npos);
    const auto late = open(seen);
    EXPECT_EQ(names(), "resync ready ");
}

TEST_F(EventsApi, EndWithTheTokenAndWithNoOther) {
    const auto mine = open();
    const auto others = open("", other_token_);
    const std::string list = ask("GET", "/tokens").body;
    const auto tokens = json::parse(list).value();
    for (const json::Value& token : tokens.find("tokens")->elements()) {
        if (token.find("current")->boolean() == true) continue;
        const auto id = std::to_string(*token.find("id")->integer());
        EXPECT_EQ(ask("DELETE", "/tokens/" + id).status, 204);
    }

    EXPECT_FALSE(others->next());
    EXPECT_TRUE(others->ended_whole());
    EventReader again(worker_.dial());
    EXPECT_EQ(again.open(events_request(other_token_)), 401);
    EXPECT_EQ(ask("POST", "/contacts", R"({"url":"dave.example"})").status, 201);
    EXPECT_EQ(next(*mine).name, "contact-changed");
}

TEST_F(EventsApi, EndWithATokenThatACommandRevoked) {
    const auto mine = open();
    worker_.with_store(
        [](store::Store& store) { EXPECT_EQ(store.tokens().revoke_by_name("phone").value(), 1); });
    worker_.say("wake");

    EXPECT_FALSE(mine->next());
    EXPECT_TRUE(mine->ended_whole());
}

TEST_F(EventsApi, EndWholeWhenTheWorkerLeaves) {
    auto reader = open();
    worker_.signal(SIGTERM);

    EXPECT_FALSE(reader->next());
    EXPECT_TRUE(reader->ended_whole());
    reader.reset();
    EXPECT_EQ(worker_.wait_for_exit(), 0);
}

TEST_F(EventsApi, HaveIdsThatGrowOverDeaths) {
    std::int64_t last = 0;
    for (int life = 0; life < 3; ++life) {
        const auto reader = open(life == 0 ? "" : std::to_string(last));
        EXPECT_EQ(names(), life == 0 ? "ready " : "resync ready ");
        for (const SeenEvent& event : replayed_) EXPECT_GT(event.id, std::exchange(last, event.id));
        EXPECT_EQ(ask("POST", "/contacts", R"({"url":"a)" + std::to_string(life) + R"(.example"})")
                      .status,
                  201);
        EXPECT_GT(next(*reader).id, last);
        last = reader->last_id();
        worker_.signal(SIGKILL);
        ASSERT_EQ(worker_.wait_for_exit(), 128 + SIGKILL);
        EXPECT_FALSE(reader->next());
        EXPECT_TRUE(reader->cut());
        worker_.start();
    }
}

// Two of a tenant's workers live beside each other while one drains. What the leaving one still
// writes is told to nobody, so its successor asks everybody to look again.
TEST_F(EventsApi, AskForAResyncAfterAPredecessorThatWrote) {
    const auto reader = open();
    worker_.say("alone");
    worker_.with_store([](store::Store& store) {
        EXPECT_TRUE(store.contacts().add("https://a.example", "2026-05-10T12:00:00.000Z").value());
    });
    EXPECT_EQ(ask("POST", "/contacts", R"({"url":"b.example"})").status, 201);
    EXPECT_EQ(next(*reader).name, "contact-changed") << "nothing was written before";
    worker_.say("alone");

    expect_next(*reader, "resync", "{}");
}

// Each payload is 60 kB, so that all of them are more than the socket and 1 MiB hold.
TEST_F(EventsApi, CloseASlowReaderWhoComesBackWithoutALoss) {
    constexpr int kMessages = 40;
    alice_.payload = "\"" + std::string(60'000, 'x') + "\"";
    const auto slow = open();
    const auto quick = open();
    for (int number = 0; number < kMessages; ++number) {
        receive("m" + std::to_string(number));
        EXPECT_FALSE(quick->until("inbound").empty()) << number;
    }
    std::vector<std::int64_t> rows;
    const auto note = [&](const SeenEvent& event) {
        if (event.name != "inbound") return;
        EXPECT_GT(event.data.size(), 60'000u);
        rows.push_back(*json::parse(event.data).value().find("rowId")->integer());
    };
    while (const auto event = slow->next()) note(*event);
    EXPECT_TRUE(slow->ended_whole());
    EXPECT_GT(rows.size(), 0u);
    EXPECT_LT(rows.size(), std::size_t{kMessages});

    const auto again = open(std::to_string(slow->last_id()));
    for (const SeenEvent& event : replayed_) note(event);
    EXPECT_EQ(replayed_.at(0).name, "inbound");
    ASSERT_EQ(rows.size(), std::size_t{kMessages});
    for (int number = 0; number < kMessages; ++number)
        EXPECT_EQ(rows.at(static_cast<std::size_t>(number)), number + 1);
}

}  // namespace
}  // namespace posta::testing
