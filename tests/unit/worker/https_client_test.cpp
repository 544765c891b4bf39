#include "worker/outbox/https_client.h"

#include <gtest/gtest.h>

#include "common/json/parse.h"
#include "tests/support/https_peer.h"

namespace posta::worker {
namespace {

class HttpsClientTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { peer = new posta::testing::HttpsPeer(); }
    static void TearDownTestSuite() { delete peer; }

    HttpsSettings settings() const { return {peer->ca_bundle(), true}; }

    Result<HttpsAnswer> run(const HttpsSettings& with, HttpsRequest request) {
        HttpsClient client(loop, with);
        Result<HttpsAnswer> outcome = Error{ErrorCode::internal, "never done"};
        client.start(std::move(request), [&](Result<HttpsAnswer> result) {
            outcome = std::move(result);
            loop.stop();
        });
        loop.run();
        return outcome;
    }
    Result<HttpsAnswer> get(const std::string& url, std::size_t max_bytes = 65'536) {
        HttpsRequest request;
        request.url = url;
        request.max_answer_bytes = max_bytes;
        return run(settings(), std::move(request));
    }
    static HttpsRequest request_for(std::string url) {
        HttpsRequest request;
        request.url = std::move(url);
        return request;
    }
    std::string failure_of(const Result<HttpsAnswer>& result) {
        return result ? "status " + std::to_string(result->status) : result.error().message;
    }

    static posta::testing::HttpsPeer* peer;
    EventLoop loop;
};

posta::testing::HttpsPeer* HttpsClientTest::peer = nullptr;

TEST_F(HttpsClientTest, GetsAnAnswer) {
    const auto answer = get(peer->url("alice.localhost", "/status/200"));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "answer");
    EXPECT_EQ(answer->retry_after, "");
}

TEST_F(HttpsClientTest, PostsTheBodyAndTheFieldsAsGiven) {
    HttpsRequest request;
    request.method = HttpsRequest::Method::post;
    request.url = peer->url("bob.localhost", "/echo");
    request.fields = {"Content-Type: application/posta+json", "Posta-Signature: abc="};
    request.body = R"({"a": "b"})";
    request.max_answer_bytes = 65'536;

    const auto answer = run(settings(), request);

    ASSERT_TRUE(answer) << answer.error().message;
    const auto seen = json::parse(answer->body).value();
    EXPECT_EQ(seen.find("body")->string(), request.body);
    EXPECT_EQ(seen.find("fields")->find("Content-Type")->string(), "application/posta+json");
    EXPECT_EQ(seen.find("fields")->find("Posta-Signature")->string(), "abc=");
    EXPECT_EQ(seen.find("fields")->find("Expect"), nullptr);
}

TEST_F(HttpsClientTest, DoesNotFollowARedirect) {
    const auto answer = get(peer->url("localhost", "/redirect"));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 302);
}

TEST_F(HttpsClientTest, TellsWhenToComeBack) {
    const auto answer = get(peer->url("localhost", "/status/429?after=120"));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 429);
    EXPECT_EQ(answer->retry_after, "120");
}

TEST_F(HttpsClientTest, TakesNoLongerAnswerThanAllowed) {
    EXPECT_EQ(get(peer->url("localhost", "/bytes/65536")).value().body.size(), 65'536U);
    EXPECT_NE(failure_of(get(peer->url("localhost", "/bytes/65537"))).find("too long"),
              std::string::npos);
    EXPECT_EQ(get(peer->url("localhost", "/bytes/100000"), 0).value().body, "");
}

TEST_F(HttpsClientTest, CutsALongerAnswerWhenOnlyItsBeginningCounts) {
    HttpsRequest request = request_for(peer->url("localhost", "/bytes/100000"));
    request.max_answer_bytes = 10;
    request.cut_longer_answer = true;
    const auto answer = run(settings(), std::move(request));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "xxxxxxxxxx");
}

TEST_F(HttpsClientTest, ConnectsToPublicAddressesOnly) {
    HttpsRequest request;
    request.url = peer->url("localhost", "/status/200");
    const auto answer = run({peer->ca_bundle(), false}, request);
    EXPECT_NE(failure_of(answer).find("the address is not public (loopback)"), std::string::npos)
        << failure_of(answer);
}

TEST_F(HttpsClientTest, TrustsOnlyTheBundle) {
    HttpsRequest request;
    request.url = peer->url("localhost", "/status/200");
    const auto answer = run({"/etc/ssl/certs/ca-certificates.crt", true}, request);
    EXPECT_FALSE(answer) << "a certificate of nobody was accepted";
}

TEST_F(HttpsClientTest, RefusesACertificateForAnotherName) {
    EXPECT_FALSE(get(peer->url("eve.localhost", "/status/200")));
}

TEST_F(HttpsClientTest, SaysWhenNobodyListens) {
    const auto answer = get("https://localhost:1/x");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
}

TEST_F(HttpsClientTest, RunsManyAtOnceAndStartsMoreFromACallback) {
    HttpsClient client(loop, settings());
    int done = 0;
    std::function<void(Result<HttpsAnswer>)> on_done = [&](Result<HttpsAnswer> answer) {
        EXPECT_TRUE(answer) << answer.error().message;
        if (++done == 20) loop.stop();
        if (done <= 10) client.start(request_for(peer->url("localhost", "/status/200")), on_done);
    };
    for (int i = 0; i < 10; ++i) {
        client.start(request_for(peer->url("localhost", "/status/200")), on_done);
    }
    loop.run();
    EXPECT_EQ(done, 20);
    EXPECT_EQ(client.under_way(), 0U);
}

TEST_F(HttpsClientTest, EndsWithRequestsUnderWay) {
    bool called = false;
    {
        HttpsClient client(loop, settings());
        client.start(request_for(peer->url("localhost", "/never")),
                     [&](const auto&) { called = true; });
        client.start(request_for(peer->url("localhost", "/status/200")),
                     [&](const auto&) { loop.stop(); });
        loop.run();
    }
    loop.run_ready();
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace posta::worker
