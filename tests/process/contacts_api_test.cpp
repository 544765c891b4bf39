// Contacts as a client sees them, sentence by sentence of CLIENT_API.md.
#include <gtest/gtest.h>

#include "tests/support/api_test.h"

namespace posta::testing {
namespace {

class ContactsApi : public ApiTest {};

TEST_F(ContactsApi, ListsContactsWithTheNewestMessageFirst) {
    ASSERT_EQ(ask("POST", "/contacts", R"({"url":"carol.example"})").status, 201);
    receive("m1");
    receive("m2");

    const Answer answer = ask("GET", "/contacts");
    const auto list = json::parse(answer.body).value();
    const auto& contacts = list.find("contacts")->elements();

    ASSERT_EQ(contacts.size(), 2U);
    EXPECT_EQ(contacts[0].find("url")->string(), shown(alice_.url()));
    EXPECT_EQ(contacts[0].find("unreadCount")->integer(), 2);
    EXPECT_NE(contacts[0].find("lastMessageAt")->string(), "");
    EXPECT_EQ(contacts[1].raw(),
              R"({"url":"carol.example","name":"","avatar":"","about":"","kind":"","pinned":false,)"
              R"("lastMessageAt":"","lastReadRowId":0,"unreadCount":0})");
}

TEST_F(ContactsApi, AddsAContactOnceHoweverItIsSpelled) {
    EXPECT_EQ(ask("POST", "/contacts", R"({"url":"HTTPS://Carol.Example:443/in/"})").status, 201);
    for (const char* spelling :
         {"carol.example/in", "https://carol.example/in", "Carol.example./in/"})
        EXPECT_EQ(ask("POST", "/contacts", R"({"url":")" + std::string(spelling) + "\"}").status,
                  200)
            << spelling;

    const std::string list = ask("GET", "/contacts").body;
    EXPECT_EQ(list.find("\"url\""), list.rfind("\"url\"")) << list;
}

TEST_F(ContactsApi, NamesTheCategoryOfABadUrl) {
    const std::vector<std::pair<std::string, std::string>> bad{
        {"http://x.example", "non-https-scheme"},
        {"x@example.com", "userinfo-present"},
        {"a..b", "malformed-host"},
        {"198.51.100.1", "ip-literal-host"},
        {"example.com:0", "malformed-port"},
        {"example.com/a/../b", "malformed-path"},
        {"example.com?a=1", "query-present"},
        {"example.com#x", "fragment-present"}};
    for (const auto& [url, category] : bad)
        expect_refusal(400, category, ask("POST", "/contacts", R"({"url":")" + url + "\"}"));
    expect_refusal(400, "ip-literal-host",
                   ask("POST", "/messages", R"({"peer":"127.1","payload":1})"));
    expect_refusal(400, "ip-literal-host", ask("GET", "/messages?peer=127.1"));
    expect_refusal(400, "ip-literal-host",
                   ask("PATCH", "/contacts?peer=127.1", R"({"pinned":true})"));
    expect_refusal(400, "ip-literal-host", ask("DELETE", "/contacts?peer=127.1"));
    expect_refusal(400, "ip-literal-host",
                   ask("POST", "/contacts/read", R"({"peer":"127.1","rowId":1})"));
}

TEST_F(ContactsApi, RefusesFieldsThatItDoesNotKnowAndValuesOfAnotherType) {
    for (const auto& [path, body] : std::vector<std::pair<std::string, std::string>>{
             {"/contacts", R"({"url":"c.example","pinned":true})"},
             {"/contacts/read", R"({"peer":"c.example","rowId":1,"x":1})"},
             {"/messages", R"({"peer":"c.example","payload":1,"kind":"x"})"}})
        expect_refusal(400, "unsupported-field", ask("POST", path, body));
    expect_refusal(400, "unsupported-field",
                   ask("PATCH", "/contacts?peer=c.example", R"({"name":"Carol"})"));
    for (const auto& [path, body] : std::vector<std::pair<std::string, std::string>>{
             {"/contacts", R"({"url":1})"},
             {"/contacts", "{}"},
             {"/contacts", "[]"},
             {"/contacts", ""},
             {"/contacts", R"({"url":"c.example"} x)"},
             {"/contacts/read", R"({"peer":"c.example","rowId":-1})"},
             {"/contacts/read", R"({"peer":"c.example","rowId":1.5})"},
             {"/contacts/read", R"({"peer":"c.example"})"},
             {"/messages", R"({"peer":"c.example"})"},
             {"/messages", R"({"payload":1})"},
             {"/messages", R"({"peer":"c.example","payload":1,"inReplyTo":2})"}})
        expect_refusal(400, "bad-request", ask("POST", path, body));
    expect_refusal(400, "bad-request", ask("PATCH", "/contacts?peer=c.example", R"({"pinned":1})"));
    EXPECT_EQ(ask("GET", "/contacts").body, R"({"contacts":[]})");
    EXPECT_EQ(ask("GET", "/messages").body, R"({"messages":[],"hasMore":false})");
}

TEST_F(ContactsApi, AnswersHeadAndNamesTheMethodsOfEachPath) {
    for (const std::string path : {"/contacts", "/messages"}) {
        const Answer get = ask("GET", path);
        const Answer head = ask("HEAD", path);
        EXPECT_EQ(head.status, 200);
        EXPECT_EQ(head.field("Content-Length"), get.field("Content-Length"));
    }
    const auto allows = [&](const std::string& method, const std::string& path,
                            const std::string& methods) {
        const Answer answer = ask(method, path);
        expect_refusal(405, "method-not-allowed", answer);
        EXPECT_EQ(answer.field("Allow"), methods);
    };
    allows("PUT", "/contacts", "GET, HEAD, POST, PATCH, DELETE");
    allows("GET", "/contacts/read", "POST");
    allows("DELETE", "/messages", "GET, HEAD, POST");
    allows("GET", "/messages/1/retry", "POST");
    expect_refusal(404, "not-found", ask("GET", "/messages/1"));
    RawClient stranger = worker_.connect();
    stranger.host = "bob.example";
    for (const std::string path : {"/contacts", "/messages"})
        EXPECT_EQ(stranger.ask("GET", "/api/v1" + path).status, 401);
}

TEST_F(ContactsApi, PinsAndRemovesAContactWhoseMessagesStay) {
    receive("m1");
    const std::string peer = "?peer=" + shown(alice_.url());

    const Answer pinned = ask("PATCH", "/contacts" + peer, R"({"pinned":true})");
    EXPECT_EQ(pinned.status, 200);
    EXPECT_NE(pinned.body.find("\"pinned\":true"), std::string::npos) << pinned.body;
    EXPECT_NE(ask("PATCH", "/contacts" + peer, "{}").body.find("\"pinned\":true"),
              std::string::npos);
    expect_refusal(404, "not-found",
                   ask("PATCH", "/contacts?peer=x.example", R"({"pinned":true})"));

    EXPECT_EQ(ask("DELETE", "/contacts" + peer).status, 204);
    expect_refusal(404, "not-found", ask("DELETE", "/contacts" + peer));
    EXPECT_EQ(ask("GET", "/contacts").body, R"({"contacts":[]})");
    EXPECT_EQ(ids(peer), "m1 ");
}

TEST_F(ContactsApi, MovesTheReadMarkForwardOnly) {
    receive("m1");
    receive("m2");
    const std::string peer = shown(alice_.url());
    const auto read = [&](int row) {
        return ask("POST", "/contacts/read",
                   R"({"peer":")" + peer + R"(","rowId":)" + std::to_string(row) + "}");
    };

    const Answer moved = read(1);
    EXPECT_EQ(moved.status, 200);
    EXPECT_EQ(moved.body, R"({"peer":")" + peer + R"(","rowId":1})");
    EXPECT_EQ(read(1).status, 204);
    EXPECT_EQ(read(0).status, 204);
    EXPECT_NE(ask("GET", "/contacts").body.find(R"("lastReadRowId":1,"unreadCount":1)"),
              std::string::npos);
    EXPECT_EQ(read(2).status, 200);
    EXPECT_NE(ask("GET", "/contacts").body.find(R"("lastReadRowId":2,"unreadCount":0)"),
              std::string::npos);
    expect_refusal(404, "not-found",
                   ask("POST", "/contacts/read", R"({"peer":"x.example","rowId":1})"));
}

// What is shown of a contact is what its own document says.
TEST_F(ContactsApi, ShowsTheNameThatAContactGivesItself) {
    alice_.name = "Alice";
    receive("m1");
    Correspondent carol(peer_.url("bob.localhost", "/doc/carol"));
    carol.name = "Carol";
    peer_.put("/doc/carol", carol.document());
    Correspondent dave(peer_.url("bob.localhost", "/doc/dave"));
    dave.name = "Dave";
    peer_.put("/doc/dave", dave.document());

    EXPECT_EQ(ask("POST", "/contacts", R"({"url":")" + dave.url() + "\"}").status, 201);
    queue(carol.url());

    const auto shows = [&](const std::string& text) {
        return test::eventually(
            [&] { return ask("GET", "/contacts").body.find(text) != std::string::npos; });
    };
    EXPECT_TRUE(shows(R"(doc/alice","name":"Alice")"));
    EXPECT_TRUE(shows(R"(doc/dave","name":"Dave")"));
    EXPECT_TRUE(shows(R"(doc/carol","name":"Carol")"));
}

}  // namespace
}  // namespace posta::testing
