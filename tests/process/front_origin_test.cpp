#include <gtest/gtest.h>

#include "tests/support/eventually.h"
#include "tests/support/three_tenants.h"

namespace posta::test {
namespace {

using std::string_literals::operator""s;

// Echoes the head that the worker got.
void show_head(WorkerSide& side) {
    while (const auto request = side.read_request())
        if (!side.send(ok(request->head))) return;
}

// A front with these settings before one tenant.
struct OneTenant {
    TempDir folder;
    FakeWorker worker{"arne", folder / "arne.sock", show_head};
    std::unique_ptr<FrontProcess> front;

    explicit OneTenant(contracts::FrontSettings settings,
                       manifest::AccessLog access_log = manifest::AccessLog::off) {
        contracts::Route route{
            "arne", folder / "arne.sock", {"arne.test"}, contracts::Route::State::ready};
        route.access_log = access_log;
        front = std::make_unique<FrontProcess>(std::vector{route}, std::move(settings));
    }
    HttpClient client() const { return HttpClient(front->port()); }
};

contracts::FrontSettings behind_proxy(const std::string& trusted) {
    contracts::FrontSettings settings;
    settings.trusted_proxies = {trusted};
    settings.proxy_protocol = true;
    return settings;
}

constexpr std::string_view kLine = "PROXY TCP4 192.0.2.9 198.51.100.2 4711 80\r\n";

TEST(FrontBehindAProxy, KnowsTheClientFromThePROXYHeader) {
    OneTenant one(behind_proxy("127.0.0.0/8"));
    const auto client_seen = [&](const std::string& header) {
        HttpClient client = one.client();
        client.send(header);
        const std::string head = client.ask(get("arne", "/")).body;
        const std::size_t at = head.find("X-Real-IP: ") + 11;
        return head.substr(at, head.find("\r\n", at) - at);
    };
    EXPECT_EQ(client_seen(std::string(kLine)), "192.0.2.9");
    EXPECT_EQ(
        client_seen(
            "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x08\xc6\x33\x64\x02\x01\xbb\0\x50"s),
        "192.0.2.8");
    EXPECT_EQ(client_seen("PROXY UNKNOWN\r\n"), "127.0.0.1");
}

TEST(FrontBehindAProxy, BelievesNoForwardedFieldOfTheClientBehindIt) {
    OneTenant one(behind_proxy("127.0.0.0/8"));
    HttpClient client = one.client();
    client.send(kLine.substr(0, 20));
    client.send(kLine.substr(20));
    const std::string head =
        client.ask(get("arne", "/", "X-Forwarded-For: 192.0.2.1\r\nX-Request-Id: mine\r\n")).body;
    EXPECT_NE(head.find("X-Forwarded-For: 192.0.2.9\r\n"), std::string::npos) << head;
    EXPECT_EQ(head.find("mine"), std::string::npos) << head;
}

TEST(FrontBehindAProxy, LetsGoOfATrustedProxyThatSendsNoHeader) {
    contracts::FrontSettings settings = behind_proxy("127.0.0.0/8");
    settings.bounds.head_seconds = 1;
    OneTenant one(std::move(settings));
    HttpClient plain = one.client();
    EXPECT_EQ(plain.ask(get("arne", "/")).status, 0);
    HttpClient cut = one.client();
    cut.send("PROXY TCP4 192.0.2.9");
    cut.shut_write();
    EXPECT_TRUE(cut.sees_end());
    HttpClient slow = one.client();
    slow.send("PROXY TCP4 192.0.2.9");
    EXPECT_TRUE(slow.sees_end());
}

TEST(FrontBehindAProxy, TakesNoHeaderFromStrangers) {
    OneTenant one(behind_proxy("10.0.0.1/32"));
    HttpClient client = one.client();
    client.send(kLine);
    EXPECT_EQ(client.ask(get("arne", "/")).status, 400);
    EXPECT_EQ(one.client().ask(get("arne", "/")).status, 200);
}

TEST(FrontAccessLog, TellsOfARequestUnderTheIdThatTheWorkerGot) {
    contracts::FrontSettings settings;
    settings.trusted_proxies = {"127.0.0.1/32"};
    OneTenant one(settings, manifest::AccessLog::all);
    HttpClient client = one.client();
    const std::string given =
        client.ask(get("arne", "/a?token=secret", "X-Request-Id: from-proxy\r\n")).body;
    EXPECT_NE(given.find("\r\nX-Request-Id: from-proxy"), std::string::npos) << given;
    const std::string made = client.ask(get("arne", "/b")).body;
    const std::size_t at = made.find("X-Request-Id: ");
    ASSERT_NE(at, std::string::npos) << made;
    const std::string id = made.substr(at + 14, made.find('\r', at) - at - 14);

    ASSERT_TRUE(eventually([&] { return one.front->log().find("path=/b") != std::string::npos; }));
    const std::string log = one.front->log();
    EXPECT_NE(log.find(" access tenant=arne request=from-proxy client=127.0.0.1 method=GET path=/a "
                       "outcome=answered status=200 "),
              std::string::npos)
        << log;
    EXPECT_NE(log.find(" request=" + id + " client=127.0.0.1 method=GET path=/b "),
              std::string::npos)
        << log;
    EXPECT_EQ(log.find("secret"), std::string::npos) << log;
}

TEST(FrontAccessLog, TellsOfStrangersWhenTheServerIsToldTo) {
    contracts::FrontSettings settings;
    settings.access_log = manifest::AccessLog::all;
    OneTenant one(settings);
    HttpClient client = one.client();
    EXPECT_EQ(client.ask("GET /.env?token=secret HTTP/1.1\r\nHost: scanner.test\r\n\r\n").status,
              404);
    EXPECT_EQ(client.ask("GET /\x1b[31m HTTP/1.1\r\nHost: arne.test\r\n\r\n").status, 400);
    EXPECT_TRUE(eventually([&] {
        const std::string log = one.front->log();
        return log.find("tenant=- host=scanner.test request=") != std::string::npos &&
               log.find("path=/.env outcome=refused status=404") != std::string::npos &&
               log.find("tenant=- client=127.0.0.1 outcome=refused status=400") !=
                   std::string::npos;
    })) << one.front->log();
    EXPECT_EQ(one.front->log().find("secret"), std::string::npos);
    EXPECT_EQ(one.front->log().find('\x1b'), std::string::npos);
}

TEST(FrontAccessLog, TellsHowARequestEnded) {
    OneTenant one({}, manifest::AccessLog::all);
    {
        HttpClient leaving = one.client();
        leaving.send("POST /left HTTP/1.1\r\nHost: arne.test\r\nContent-Length: 9\r\n\r\nhalf");
        ASSERT_TRUE(eventually([&] { return one.worker.connections() == 1; }));
    }
    EXPECT_TRUE(eventually([&] {
        return one.front->log().find("path=/left outcome=client-left status=0 ") !=
               std::string::npos;
    })) << one.front->log();
}

// Not "client-left": the client is there, and is told.
TEST(FrontAccessLog, TellsWhyTheRestOfARequestWasRefused) {
    contracts::FrontSettings settings;
    settings.bounds.body_idle_seconds = 1;
    OneTenant one(settings, manifest::AccessLog::all);
    const auto tells = [&](const std::string& text) {
        return eventually([&] { return one.front->log().find(text) != std::string::npos; });
    };
    const std::string post = "POST /bad HTTP/1.1\r\nHost: arne.test\r\n";
    const std::string bad = "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\nwhat\r\n";
    EXPECT_EQ(one.client().ask(post + bad).status, 400);
    EXPECT_TRUE(tells("path=/bad outcome=refused status=400 reason=bad-request "))
        << one.front->log();
    EXPECT_EQ(one.client().ask(post + "Content-Length: 9\r\n\r\nx").status, 408);
    EXPECT_TRUE(tells("path=/bad outcome=refused status=408 reason=request-timeout "))
        << one.front->log();
}

}  // namespace
}  // namespace posta::test
