// One real worker process over its Unix socket; see tests/support/worker_process.h.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/support/test_paths.h"
#include "tests/support/worker_process.h"

namespace posta::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kHtmlFirst = "Accept: text/html,*/*;q=0.8\r\n";

std::string bearer(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

class WorkerTest : public ::testing::Test {
protected:
    WorkerProcess worker_{POSTA_SERVER, "https://arne.example"};
};

TEST_F(WorkerTest, ServesTheActorDocument) {
    worker_.start();
    RawClient client = worker_.connect();

    const Answer answer = client.ask("GET", "/");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("Content-Type"), "application/posta+json");
    EXPECT_EQ(answer.field("Cache-Control"), "public, max-age=60");
    EXPECT_EQ(answer.field("Vary"), "Accept");
    EXPECT_EQ(answer.field("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.body.find(R"({"url":"https://arne.example","name":"Arne","kind":"person",)"
                               R"("keys":[{"id":"2026-05-a","algorithm":"ed25519","publicKey":")"),
              0U);
}

TEST_F(WorkerTest, AnswersNotModifiedWhileNothingChanges) {
    worker_.start();
    RawClient client = worker_.connect();
    const std::string etag = client.ask("GET", "/").field("ETag");

    const Answer same = client.ask("GET", "/", "If-None-Match: " + etag + "\r\n");
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.field("ETag"), etag);
    EXPECT_EQ(same.field("Content-Length"), "");

    worker_.with_store(
        [](store::Store& store) { ASSERT_TRUE(store.identity().set_name("Arne på fjellet")); });
    const Answer changed = client.ask("GET", "/", "If-None-Match: " + etag + "\r\n");
    EXPECT_EQ(changed.status, 200);
    EXPECT_TRUE(contains(changed.body, "Arne på fjellet"));
}

TEST_F(WorkerTest, ShowsPeopleTheCard) {
    worker_.with_store(
        [](store::Store& store) { ASSERT_TRUE(store.identity().set_name("<b>Arne</b>")); });
    worker_.start();
    RawClient client = worker_.connect();

    const Answer answer = client.ask("GET", "/", kHtmlFirst);

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(answer.field("Vary"), "Accept");
    EXPECT_FALSE(contains(answer.field("Content-Security-Policy"), "script-src"));
    EXPECT_TRUE(contains(answer.body, "&lt;b&gt;Arne&lt;/b&gt;"));
    EXPECT_FALSE(contains(answer.body, "<b>Arne"));
}

TEST_F(WorkerTest, AnswersHeadLikeGetWithoutABody) {
    worker_.start();
    RawClient client = worker_.connect();

    for (const char* path : {"/", "/setup", "/api/v1/identity", "/api/v1/invite/info"}) {
        const Answer head = client.ask("HEAD", path);
        const Answer get = client.ask("GET", path);
        EXPECT_EQ(head.status, get.status) << path;
        EXPECT_EQ(head.field("Content-Length"), std::to_string(get.body.size())) << path;
    }
}

TEST_F(WorkerTest, NamesTheMethodsThatAPathAllows) {
    worker_.start();
    RawClient client = worker_.connect();

    const Answer answer = client.ask("DELETE", "/setup");
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.field("Allow"), "GET, HEAD");
    EXPECT_TRUE(contains(answer.body, R"({"error":"method-not-allowed","message":")"));
    EXPECT_EQ(client.ask("PUT", "/", {}, "body").status, 405);
}

TEST_F(WorkerTest, KnowsNoOtherPath) {
    worker_.start();
    RawClient client = worker_.connect();

    for (const char* path : {"/x", "/api/v1/", "/setup/../setup", "/%2e%2e/setup", "/setup/x.js",
                             "/%zz", "/inbox.db", "/setup%00", "//setup"}) {
        const Answer answer = client.ask("GET", path);
        EXPECT_EQ(answer.status, 404) << path;
        EXPECT_TRUE(contains(answer.body, R"("error":"not-found")")) << path;
    }
}

TEST_F(WorkerTest, RefusesANameThatIsNotItsOwn) {
    worker_.start();
    RawClient client = worker_.connect();
    client.host = "marcus.example";

    EXPECT_EQ(client.ask("GET", "/").status, 421);
    client.host = "ARNE.example:443";
    EXPECT_EQ(client.ask("GET", "/").status, 200);
}

TEST_F(WorkerTest, LetsInAGoodTokenOnly) {
    const std::string token = worker_.token("phone");
    const std::string revoked = worker_.token("old");
    worker_.with_store(
        [](store::Store& store) { ASSERT_TRUE(store.tokens().revoke_by_name("old")); });
    worker_.start();
    RawClient client = worker_.connect();

    const Answer good = client.ask("GET", "/api/v1/identity", bearer(token));
    EXPECT_EQ(good.status, 200);
    EXPECT_EQ(good.body, R"({"url":"https://arne.example","name":"Arne","about":"","avatar":"",)"
                         R"("kind":"person","keyId":"2026-05-a"})");
    EXPECT_EQ(good.field("Cache-Control"), "no-store");
    for (const std::string& fields :
         {std::string(), bearer(revoked), bearer("mst_x"),
          std::string("Authorization: Basic YTpi\r\n"), bearer(token) + bearer(token)}) {
        const Answer answer = client.ask("GET", "/api/v1/identity", fields);
        EXPECT_EQ(answer.status, 401) << fields;
        EXPECT_EQ(answer.field("WWW-Authenticate"), "Bearer");
        EXPECT_TRUE(contains(answer.body, R"("error":"unauthorized")"));
    }
}

TEST_F(WorkerTest, KeepsWhenATokenWasLastSeen) {
    const std::string token = worker_.token("phone");
    worker_.start();
    EXPECT_EQ(worker_.connect().ask("GET", "/api/v1/identity", bearer(token)).status, 200);

    worker_.with_store(
        [](store::Store& store) { EXPECT_NE(store.tokens().list()->at(0).last_seen_at, ""); });
}

TEST_F(WorkerTest, ListsAndRevokesDevices) {
    const std::string phone = worker_.token("phone");
    const std::string laptop = worker_.token("laptop");
    worker_.start();
    RawClient client = worker_.connect();

    const Answer list = client.ask("GET", "/api/v1/tokens", bearer(phone));
    EXPECT_TRUE(contains(list.body, R"({"id":1,"name":"phone",)"));
    EXPECT_TRUE(contains(list.body, R"("current":true},{"id":2,"name":"laptop",)"));

    EXPECT_EQ(client.ask("DELETE", "/api/v1/tokens/2", bearer(phone)).status, 204);
    EXPECT_EQ(client.ask("GET", "/api/v1/identity", bearer(laptop)).status, 401);
    for (const char* id : {"2", "99", "0", "x", "2x", "99999999999999999999"})
        EXPECT_EQ(client.ask("DELETE", std::string("/api/v1/tokens/") + id, bearer(phone)).status,
                  404)
            << id;
}

TEST_F(WorkerTest, PairsADeviceOnce) {
    const std::string invite = worker_.invite("Arne's phone", 10min);
    worker_.start();
    RawClient client = worker_.connect();

    const Answer info = client.ask("GET", "/api/v1/invite/info?invite=" + invite);
    EXPECT_EQ(info.status, 200);
    EXPECT_EQ(info.body.find(R"({"identity":{"url":"https://arne.example","name":"Arne"},)"
                             R"("deviceName":"Arne's phone","expiresAt":")"),
              0U);

    const std::string body = R"({"invite":")" + invite + R"(","deviceName":"My phone"})";
    const Answer paired = client.ask("POST", "/api/v1/invite/redeem", {}, body);
    ASSERT_EQ(paired.status, 200);
    EXPECT_TRUE(contains(paired.body, R"("deviceName":"My phone")"));
    const std::string token = paired.body.substr(paired.body.find("mst_"), 47);
    EXPECT_EQ(client.ask("GET", "/api/v1/identity", bearer(token)).status, 200);

    EXPECT_EQ(client.ask("POST", "/api/v1/invite/redeem", {}, body).status, 410);
    EXPECT_EQ(client.ask("GET", "/api/v1/invite/info?invite=" + invite).status, 410);
}

TEST_F(WorkerTest, RefusesInvitesThatAreNoGood) {
    const std::string expired = worker_.invite("x", 0s);
    worker_.start();
    RawClient client = worker_.connect();

    for (const std::string& query :
         {std::string(), std::string("?invite="), std::string("?invite=pinv_bogus"),
          std::string("?invite=%"), "?invite=" + expired}) {
        const Answer answer = client.ask("GET", "/api/v1/invite/info" + query);
        EXPECT_EQ(answer.status, 410) << query;
        EXPECT_TRUE(contains(answer.body, R"("error":"invite-invalid")"));
    }
}

TEST_F(WorkerTest, ReadsTheBodyOfARedeemStrictly) {
    worker_.start();
    RawClient client = worker_.connect();
    const auto redeem = [&](std::string_view body) {
        return client.ask("POST", "/api/v1/invite/redeem", {}, body);
    };

    const Answer unknown = redeem(R"({"invite":"pinv_x","deviceName":"y","admin":true})");
    EXPECT_EQ(unknown.status, 400);
    EXPECT_TRUE(contains(unknown.body, R"("error":"unsupported-field")"));
    for (const char* body :
         {"", "{", "[]", "null", R"({"invite":1,"deviceName":"x"})", R"({"invite":"pinv_x"})",
          R"({"invite":"pinv_x","deviceName":" "})", R"({"invite":"pinv_x","deviceName":"a\nb"})",
          R"({"invite":"a","invite":"b","deviceName":"x"})"})
        EXPECT_EQ(redeem(body).status, 400) << body;
    EXPECT_EQ(redeem(R"({"invite":"pinv_x","deviceName":"y"})").status, 410);
}

TEST_F(WorkerTest, LimitsInvitesForEachClientAddress) {
    worker_.start();
    RawClient client = worker_.connect();
    const auto ask = [&](std::string_view address) {
        return client.ask("GET", "/api/v1/invite/info?invite=pinv_bogus",
                          "X-Real-IP: " + std::string(address) + "\r\n");
    };

    for (int i = 0; i < 20; ++i) EXPECT_EQ(ask("203.0.113.1").status, 410) << i;
    const Answer refused = ask("203.0.113.1");
    EXPECT_EQ(refused.status, 429);
    EXPECT_NE(refused.field("Retry-After"), "");
    EXPECT_EQ(ask("203.0.113.2").status, 410);
    EXPECT_EQ(client.ask("GET", "/", "X-Real-IP: 203.0.113.1\r\n").status, 200);
}

TEST_F(WorkerTest, ServesTheSetupPageAndItsFiles) {
    worker_.start();
    RawClient client = worker_.connect();

    const Answer page = client.ask("GET", "/setup");
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.field("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(page.field("Cache-Control"), "no-store");
    EXPECT_TRUE(contains(page.field("Content-Security-Policy"), "default-src 'none'"));
    EXPECT_FALSE(contains(page.field("Content-Security-Policy"), "unsafe"));

    const std::size_t at = page.body.find("/setup/setup.js?v=");
    ASSERT_NE(at, std::string::npos);
    const Answer script = client.ask("GET", page.body.substr(at, page.body.find('"', at) - at));
    EXPECT_EQ(script.status, 200);
    EXPECT_EQ(script.field("Content-Type"), "text/javascript; charset=utf-8");
    EXPECT_TRUE(contains(script.field("Cache-Control"), "immutable"));
    EXPECT_EQ(client.ask("GET", "/setup/style.css").field("Cache-Control"), "no-cache");
}

TEST_F(WorkerTest, AnswersPipelinedRequestsInOrder) {
    worker_.start();
    RawClient client = worker_.connect();
    std::string requests;
    for (int i = 0; i < 50; ++i) {
        requests += "GET " + std::string(i % 2 == 0 ? "/" : "/nothing") +
                    " HTTP/1.1\r\nHost: arne.example\r\n\r\n"
                    "POST /api/v1/invite/redeem HTTP/1.1\r\nHost: arne.example\r\n"
                    "X-Real-IP: 203.0.113." +
                    std::to_string(i) +
                    "\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n";
    }
    client.send(requests);

    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(client.receive().status, i % 2 == 0 ? 200 : 404) << i;
        EXPECT_EQ(client.receive().status, 400) << i;
    }
}

TEST_F(WorkerTest, RefusesABodyThatIsTooLong) {
    worker_.start();
    RawClient client = worker_.connect();
    client.send(
        "POST /api/v1/invite/redeem HTTP/1.1\r\nHost: arne.example\r\n"
        "Content-Length: 1048577\r\n\r\n");

    const Answer answer = client.receive();
    EXPECT_EQ(answer.status, 413);
    EXPECT_TRUE(contains(answer.body, R"("error":"too-large")"));
    EXPECT_TRUE(client.is_closed());
}

TEST_F(WorkerTest, SaysContinueBeforeABody) {
    worker_.start();
    RawClient client = worker_.connect();
    client.send(
        "POST /api/v1/invite/redeem HTTP/1.1\r\nHost: arne.example\r\nExpect: 100-continue\r\n"
        "Content-Length: 2\r\n\r\n");

    EXPECT_EQ(client.receive().status, 100);
    client.send("[]");
    EXPECT_EQ(client.receive().status, 400);
}

TEST_F(WorkerTest, SurvivesWhatNoClientShouldSend) {
    worker_.start();
    for (const std::string& bytes :
         {std::string("\0\0\0\0", 4), std::string("GET / HTTP/1.1\r\n\r\n"),
          std::string("GET / HTTP/1.1\r\nHost: arne.example\r\nHost: marcus.example\r\n\r\n"),
          std::string("GET / HTTP/1.1\r\nHost: arne.example\r\nA : b\r\n\r\n"),
          std::string("GET / HTTP/9.9\r\nHost: arne.example\r\n\r\n"),
          std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
          std::string("POST / HTTP/1.1\r\nHost: arne.example\r\nContent-Length: 1\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
          "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: arne.example\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: arne.example\r\n" +
              [] {
                  std::string fields;
                  for (int i = 0; i < 3000; ++i) fields += "a: b\r\n";
                  return fields;
              }() +
              "\r\n"}) {
        RawClient client = worker_.connect();
        client.send(bytes);
        client.close_write_side();
        const Answer answer = client.receive();
        EXPECT_TRUE(answer.status >= 400 || answer.status == 0) << bytes.substr(0, 80);
        EXPECT_TRUE(client.is_closed()) << bytes.substr(0, 80);
    }
    EXPECT_EQ(worker_.connect().ask("GET", "/").status, 200);
}

TEST(Worker, AnswersBelowItsPathAndAtTheRoot) {
    WorkerProcess worker(POSTA_SERVER, "https://arne.example/inbox");
    const std::string token = worker.token("phone");
    worker.start();
    RawClient client = worker.connect();

    EXPECT_EQ(client.ask("GET", "/inbox").status, 200);
    EXPECT_EQ(client.ask("GET", "/inbox/").status, 200);
    EXPECT_EQ(client.ask("GET", "/").status, 404);
    for (const char* base : {"", "/inbox"}) {
        EXPECT_EQ(client.ask("GET", base + std::string("/setup")).status, 200);
        EXPECT_EQ(client.ask("GET", base + std::string("/api/v1/identity"), bearer(token)).status,
                  200);
    }
    EXPECT_TRUE(contains(client.ask("GET", "/inbox/setup").body, "data-base=\"/inbox\""));
}

}  // namespace
}  // namespace posta::testing
