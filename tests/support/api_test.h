#pragma once
// What the tests of the client API share: a worker, somebody who writes to it, and short ways to
// ask it and to read its answers.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "common/json/parse.h"
#include "tests/support/correspondent.h"
#include "tests/support/eventually.h"
#include "tests/support/https_peer.h"
#include "tests/support/test_paths.h"
#include "tests/support/worker_process.h"

namespace posta::testing {

inline constexpr const char* kApiUrl = "https://bob.example";

// A worker with two tokens, a peer for it to write to, and Alice who writes to it.
class ApiTest : public ::testing::Test {
protected:
    ApiTest() {
        worker_.tenant.allow_private_peers = true;
        worker_.tenant.ca_bundle = peer_.ca_bundle();
        worker_.tenant.rate_per_minute_address = 0;
        token_ = worker_.token("phone");
        other_token_ = worker_.token("tablet");
        worker_.start();
    }

    Answer ask(const std::string& method, const std::string& path, const std::string& body = "",
               const std::string& more_fields = "") {
        RawClient client = worker_.connect();
        client.host = "bob.example";
        client.send(request(method, path, body, more_fields));
        return client.receive(method == "HEAD");
    }
    std::string request(const std::string& method, const std::string& path, const std::string& body,
                        const std::string& more_fields) const {
        const std::string length = body.empty() && method != "POST" && method != "PATCH"
                                       ? ""
                                       : "Content-Length: " + std::to_string(body.size()) + "\r\n";
        return method + " /api/v1" + path +
               " HTTP/1.1\r\nHost: bob.example\r\nAuthorization: Bearer " + token_ + "\r\n" +
               more_fields + length + "\r\n" + body;
    }
    void expect_refusal(int status, const std::string& code, const Answer& answer) {
        EXPECT_EQ(answer.status, status) << answer.body;
        EXPECT_TRUE(answer.body.starts_with("{\"error\":\"" + code + "\",\"message\":\""))
            << answer.body;
    }
    // A message of alice, delivered as her server would.
    void receive(const std::string& id) {
        if (!alice_known_) peer_.put("/doc/alice", alice_.document());
        alice_known_ = true;
        const Correspondent::Post message = alice_.message(kApiUrl, id);
        RawClient client = worker_.connect();
        client.host = "bob.example";
        EXPECT_EQ(client.ask("POST", "/", message.fields, message.body).status, 204);
    }
    std::string shown(const std::string& canonical) const { return canonical.substr(8); }
    std::int64_t queue(const std::string& peer, const std::string& payload = "1") {
        const Answer answer =
            ask("POST", "/messages", R"({"peer":")" + peer + R"(","payload":)" + payload + "}");
        EXPECT_EQ(answer.status, 202) << answer.body;
        return *json::parse(answer.body).value().find("rowId")->integer();
    }
    // The ids on a page of messages, each with a space; '+' when there is more.
    std::string ids(const std::string& query) {
        const Answer answer = ask("GET", "/messages" + query);
        EXPECT_EQ(answer.status, 200) << answer.body;
        const auto page = json::parse(answer.body).value();
        std::string all;
        for (const json::Value& message : page.find("messages")->elements())
            all += std::string(*message.find("id")->string()) + " ";
        return all + (page.find("hasMore")->boolean() == true ? "+" : "");
    }
    // A message as GET /messages shows it.
    std::string message_of(std::int64_t row) {
        const Answer answer = ask("GET", "/messages?after=" + std::to_string(row - 1) + "&limit=1");
        const auto page = json::parse(answer.body).value();
        return std::string(page.find("messages")->elements().at(0).raw());
    }
    bool becomes(std::int64_t row, const std::string& state) {
        return test::eventually([&] {
            return message_of(row).find("\"state\":\"" + state + "\"") != std::string::npos;
        });
    }

    HttpsPeer peer_;
    WorkerProcess worker_{POSTA_SERVER, kApiUrl};
    Correspondent alice_{peer_.url("alice.localhost", "/doc/alice")};
    std::string token_;
    std::string other_token_;
    bool alice_known_ = false;
};

}  // namespace posta::testing
