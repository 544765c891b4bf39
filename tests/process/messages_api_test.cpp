// Messages as a client sees them, sentence by sentence of CLIENT_API.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "tests/support/api_test.h"

namespace posta::testing {
namespace {

using namespace std::chrono_literals;
using test::eventually;

class MessagesApi : public ApiTest {};

TEST_F(MessagesApi, ShowsMessagesInStretchesOldestFirst) {
    for (const char* id : {"m1", "m2", "m3", "m4", "m5"}) receive(id);
    EXPECT_EQ(ids(""), "m1 m2 m3 m4 m5 ");
    EXPECT_EQ(ids("?limit=2"), "m4 m5 +");
    EXPECT_EQ(ids("?before=4&limit=2"), "m2 m3 +");
    EXPECT_EQ(ids("?before=3"), "m1 m2 ");
    EXPECT_EQ(ids("?after=0&limit=3"), "m1 m2 m3 +");
    EXPECT_EQ(ids("?after=3"), "m4 m5 ");
    EXPECT_EQ(ids("?after=5"), "");
    EXPECT_EQ(ids("?peer=" + alice_.url()), "m1 m2 m3 m4 m5 ");
    EXPECT_EQ(ids("?peer=x.example"), "");
    EXPECT_EQ(ids("?limit=100000"), "m1 m2 m3 m4 m5 ") << "as many as there may be";
    for (const char* query :
         {"?limit=0", "?limit=x", "?before=-1", "?after=1.5", "?limit=", "?before=1&after=1"})
        expect_refusal(400, "bad-request", ask("GET", "/messages" + std::string(query)));
}

TEST_F(MessagesApi, ShowsAtMostFiftyMessagesUnlessAskedAndNeverOver200) {
    worker_.with_store([](store::Store& store) {
        ASSERT_TRUE(store.turn().write([&]() -> Result<void> {
            for (int number = 0; number < 201; ++number) {
                const std::string id = "q" + std::to_string(number);
                store::MessageStore::Inbound message;
                message.id = id;
                message.sender = "https://carol.example";
                message.payload = "1";
                TRY(store.messages().add_inbound(message));
            }
            return {};
        }));
        ASSERT_TRUE(store.turn().finish());
    });
    const auto count = [&](const std::string& query) {
        const std::string all = ids(query);
        EXPECT_TRUE(all.ends_with("+"));
        return std::count(all.begin(), all.end(), ' ');
    };
    EXPECT_EQ(count(""), 50);
    EXPECT_EQ(count("?limit=200"), 200);
    EXPECT_EQ(count("?limit=201"), 200);
}

TEST_F(MessagesApi, ShowsEveryFieldOfAMessage) {
    receive("m1");
    const std::string in = message_of(1);
    EXPECT_TRUE(
        in.starts_with(R"({"rowId":1,"id":"m1","peer":")" + shown(alice_.url()) +
                       R"(","direction":"in","payload":{"kind":"posta.text/v1","body":"Hello"},)"
                       R"("inReplyTo":"","state":"received","attempts":0,"nextAttemptAt":"",)"
                       R"("lastErrorCode":"","sentAt":"20)"))
        << in;
    EXPECT_NE(in.find("Z\",\"receivedAt\":\"20"), std::string::npos) << in;

    const std::int64_t row = queue(peer_.url("bob.localhost", "/doc/a"), R"({ "n" : 1.50e+02 })");
    ASSERT_TRUE(becomes(row, "delivered"));
    const std::string out = message_of(row);
    EXPECT_NE(
        out.find(R"("direction":"out","payload":{ "n" : 1.50e+02 },"inReplyTo":"",)"
                 R"("state":"delivered","attempts":1,"nextAttemptAt":"","lastErrorCode":"",)"),
        std::string::npos)
        << out;
    EXPECT_NE(out.find(R"("receivedAt":"")"), std::string::npos) << out;
}

TEST_F(MessagesApi, QueuesAnyPayloadButALinkWithoutHttps) {
    const std::string peer = peer_.url("bob.localhost", "/doc/a");
    for (const char* payload : {"null", "\"x\"", "[1,2]", R"({"kind":"unknown/v9"})",
                                R"({"kind":"posta.link/v1","url":"https://x.example/a.png"})"})
        EXPECT_GT(queue(peer, payload), 0);
    expect_refusal(
        400, "bad-request",
        ask("POST", "/messages",
            R"({"peer":"c.example","payload":{"kind":"posta.link/v1","url":"http://x"}})"));
    expect_refusal(413, "too-large",
                   ask("POST", "/messages",
                       R"({"peer":"c.example","payload":")" + std::string(65'500, 'x') + "\"}"));
    expect_refusal(413, "too-large", ask("POST", "/messages", std::string((1 << 20) + 1, ' ')));
}

TEST_F(MessagesApi, GivesTheSameAnswerUnderTheSameKey) {
    const std::string peer = peer_.url("bob.localhost", "/doc/a");
    const std::string body = R"({"peer":")" + peer + R"(","payload":1})";
    const std::string key = "Idempotency-Key: k-1\r\n";

    const Answer first = ask("POST", "/messages", body, key);
    ASSERT_EQ(first.status, 202) << first.body;
    ASSERT_TRUE(becomes(*json::parse(first.body).value().find("rowId")->integer(), "delivered"));
    const Answer again = ask("POST", "/messages", body, key);
    EXPECT_EQ(again.status, 202);
    EXPECT_EQ(again.body, first.body) << "as it was then";
    expect_refusal(409, "idempotency-mismatch",
                   ask("POST", "/messages", R"({"peer":")" + peer + R"(","payload":2})", key));
    expect_refusal(
        400, "bad-request",
        ask("POST", "/messages", body, "Idempotency-Key: " + std::string(256, 'k') + "\r\n"));

    std::swap(token_, other_token_);
    const Answer elsewhere = ask("POST", "/messages", body, key);
    EXPECT_EQ(elsewhere.status, 202);
    EXPECT_NE(elsewhere.body, first.body) << "a key is one token's own";
}

TEST_F(MessagesApi, QueuesOnceWhatComesTwiceAtOnce) {
    const std::string body =
        R"({"peer":")" + peer_.url("bob.localhost", "/doc/a") + R"(","payload":1})";
    const std::string twice = request("POST", "/messages", body, "Idempotency-Key: k\r\n");
    RawClient client = worker_.connect();
    client.send(twice + twice);
    const Answer first = client.receive();
    const Answer second = client.receive();

    EXPECT_EQ(first.status, 202);
    EXPECT_EQ(second.body, first.body);
    const std::string all = ids("");
    EXPECT_EQ(std::count(all.begin(), all.end(), ' '), 1) << all;
}

TEST_F(MessagesApi, ForgetsTheKeyOfARefusedRequest) {
    const std::string key = "Idempotency-Key: k-2\r\n";
    EXPECT_EQ(ask("POST", "/messages", R"({"peer":"127.1","payload":1})", key).status, 400);
    EXPECT_EQ(ask("POST", "/messages",
                  R"({"peer":")" + peer_.url("bob.localhost", "/doc/a") + R"(","payload":1})", key)
                  .status,
              202);
}

TEST_F(MessagesApi, RetriesOnlyWhatHasFailed) {
    receive("m1");
    const std::int64_t failed = queue(peer_.url("bob.localhost", "/status/410"));
    const std::int64_t delivered = queue(peer_.url("bob.localhost", "/doc/a"));
    ASSERT_TRUE(becomes(failed, "failed-permanent"));
    ASSERT_TRUE(becomes(delivered, "delivered"));
    const auto retry = [&](const std::string& row) {
        return ask("POST", "/messages/" + row + "/retry");
    };

    const Answer again = retry(std::to_string(failed));
    EXPECT_EQ(again.status, 202);
    EXPECT_TRUE(again.body.starts_with("{\"rowId\":" + std::to_string(failed) + ",\"id\":\""))
        << again.body;
    EXPECT_TRUE(again.body.ends_with("\",\"state\":\"pending\"}")) << again.body;
    expect_refusal(409, "not-retryable", retry(std::to_string(delivered)));
    for (const char* row : {"1", "999", "x", "-1"}) expect_refusal(404, "not-found", retry(row));
}

TEST_F(MessagesApi, ShowsWhatBecameOfAMessage) {
    struct Case {
        std::string path;
        std::string state;
        std::string code;
    };
    const std::vector<Case> cases{{"/status/200", "delivered", ""},
                                  {"/status/202", "delivered", ""},
                                  {"/status/400", "failed-permanent", "http-400"},
                                  {"/status/401", "failed-permanent", "http-401"},
                                  {"/status/403", "failed-permanent", "http-403"},
                                  {"/status/404", "failed-permanent", "http-404"},
                                  {"/status/409", "failed-permanent", "http-409"},
                                  {"/status/410", "failed-permanent", "http-410"},
                                  {"/status/421", "failed-permanent", "http-421"},
                                  {"/status/422", "failed-permanent", "http-422"},
                                  {"/status/301", "failed-permanent", "http-301"},
                                  {"/redirect", "failed-permanent", "http-302"},
                                  {"/status/429", "pending", "http-429"},
                                  {"/status/500", "pending", "http-500"},
                                  {"/status/503", "pending", "http-503"}};
    std::vector<std::int64_t> rows;
    for (const Case& one : cases) rows.push_back(queue(peer_.url("bob.localhost", one.path)));
    rows.push_back(queue("https://alice.localhost:1"));

    for (std::size_t at = 0; at < rows.size(); ++at) {
        const Case expected =
            at < cases.size() ? cases[at] : Case{"nobody", "pending", "unreachable"};
        const bool waits = expected.state == "pending";
        // One that waits may have been tried again when it is looked at.
        const std::string outcome =
            R"("state":")" + expected.state + R"(","attempts":)" + (waits ? "" : "1,");
        const std::string next = waits ? R"("nextAttemptAt":"20)" : R"("nextAttemptAt":"")";
        const std::string code = R"("lastErrorCode":")" + expected.code + '"';
        EXPECT_TRUE(eventually([&] {
            const std::string now = message_of(rows[at]);
            return now.find(outcome) != std::string::npos && now.find(next) != std::string::npos &&
                   now.find(code) != std::string::npos;
        })) << expected.path
            << ": " << message_of(rows[at]);
    }
}

TEST_F(MessagesApi, KeepsWhatItHasAcceptedThroughAKill) {
    receive("m1");
    worker_.signal(SIGKILL);
    ASSERT_EQ(worker_.wait_for_exit(), 128 + SIGKILL);
    worker_.start();

    EXPECT_EQ(ids(""), "m1 ");
    const Correspondent::Post message = alice_.message(kApiUrl, "m1");
    RawClient client = worker_.connect();
    client.host = "bob.example";
    expect_refusal(409, "duplicate-id", client.ask("POST", "/", message.fields, message.body));
}

}  // namespace
}  // namespace posta::testing
