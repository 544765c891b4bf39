// Where a worker connects to when a stranger names the place: only to public addresses, whatever
// DNS says and when; and for how long it waits there.
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "common/json/parse.h"
#include "tests/support/correspondent.h"
#include "tests/support/eventually.h"
#include "tests/support/https_peer.h"
#include "tests/support/name_server.h"
#include "tests/support/private_network.h"
#include "tests/support/test_paths.h"
#include "tests/support/worker_process.h"

namespace posta::testing {
namespace {

using namespace std::chrono_literals;

const std::string kMe = "https://bob.example";
const std::string kPublic4 = "93.184.216.34";
const std::string kPublic6 = "2606:2800:220:1::1";

// Addresses as a peer that listens on both families sees them.
std::string as_seen(const std::string& address) {
    return address.find(':') == std::string::npos ? "::ffff:" + address : address;
}

Answer post_to(const WorkerProcess& worker, const Correspondent& sender, const std::string& id) {
    const Correspondent::Post message = sender.message(kMe, id);
    RawClient client = worker.connect();
    client.host = "bob.example";
    return client.ask("POST", "/", message.fields, message.body);
}

class PeerAddress : public ::testing::Test {
protected:
    void SetUp() override {
        network_ = PrivateNetwork::enter();
        if (!network_) GTEST_SKIP() << "needs root and network namespaces";
        names_.emplace();
        peer_.emplace("::", 443);
        worker_.emplace(POSTA_SERVER, kMe);
        worker_->tenant.ca_bundle = peer_->ca_bundle();
        worker_->tenant.rate_per_minute = 0;
        worker_->tenant.rate_per_minute_address = 0;
        token_ = worker_->token("phone");
        worker_->start();
    }
    // Before the network is left.
    void TearDown() override {
        worker_.reset();
        peer_.reset();
        names_.reset();
    }

    // What the worker answers to a message of somebody who lives at that host.
    Answer post_from(const std::string& host) {
        const std::string name = "n" + std::to_string(++number_);
        const Correspondent sender("https://" + host + "/doc/" + name);
        peer_->put("/doc/" + name, sender.document());
        before_ = connections().size();
        return post_to(*worker_, sender, "m1");
    }
    std::vector<std::string> connections() const {
        std::istringstream words(peer_->tell("addresses"));
        return {std::istream_iterator<std::string>(words), {}};
    }
    // Those since the last post.
    std::vector<std::string> new_connections() const {
        auto all = connections();
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(before_));
        return all;
    }
    void restart() {
        worker_->signal(SIGKILL);
        ASSERT_EQ(worker_->wait_for_exit(), 128 + SIGKILL);
        worker_->start();
    }

    std::unique_ptr<PrivateNetwork> network_;
    std::optional<NameServer> names_;
    std::optional<HttpsPeer> peer_;
    std::optional<WorkerProcess> worker_;
    std::string token_;
    int number_ = 0;
    std::size_t before_ = 0;
};

// That these succeed makes the refusals below mean something.
TEST_F(PeerAddress, ConnectsToPublicAddressesOfBothFamilies) {
    for (const std::string& address : {kPublic4, kPublic6, std::string("64:ff9b::5db8:d822")}) {
        const Answer answer = post_from(NameServer::name_of({address}));
        EXPECT_EQ(answer.status, 204) << address << ": " << answer.body;
        EXPECT_EQ(new_connections(), std::vector<std::string>{as_seen(address)});
    }
}

TEST_F(PeerAddress, ConnectsToNoAddressOfASpecialRange) {
    for (const char* address :
         {"0.0.0.0",      "0.1.2.3",         "10.0.0.1",       "100.64.0.1",     "127.0.0.1",
          "127.1.2.3",    "169.254.169.254", "172.16.0.1",     "172.31.255.254", "192.0.0.8",
          "192.0.2.1",    "192.31.196.1",    "192.52.193.1",   "192.88.99.1",    "192.168.1.1",
          "192.175.48.1", "198.18.0.1",      "198.19.255.1",   "198.51.100.1",   "203.0.113.1",
          "224.0.0.1",    "240.0.0.1",       "255.255.255.255"}) {
        const Answer answer = post_from(NameServer::name_of({address}));
        EXPECT_EQ(answer.status, 502) << address << ": " << answer.body;
        EXPECT_TRUE(new_connections().empty()) << address;
    }
    for (const char* address : {"::",
                                "::1",
                                "::7f00:1",
                                "::ffff:127.0.0.1",
                                "::ffff:10.0.0.1",
                                "::ffff:93.184.216.34",
                                "64:ff9b::127.0.0.1",
                                "64:ff9b::10.0.0.1",
                                "64:ff9b::169.254.169.254",
                                "64:ff9b:1::1",
                                "100::1",
                                "2001::1",
                                "2001:2::1",
                                "2001:10::1",
                                "2001:db8::1",
                                "2002:7f00:1::1",
                                "2620:4f:8000::1",
                                "3fff::1",
                                "5f00::1",
                                "4000::1",
                                "fc00::1",
                                "fd12:3456::1",
                                "fe80::1",
                                "fec0::1",
                                "ff02::1"}) {
        const Answer answer = post_from(NameServer::name_of({address}));
        EXPECT_EQ(answer.status, 502) << address << ": " << answer.body;
        EXPECT_TRUE(new_connections().empty()) << address;
    }
}

// Of several addresses only the public ones are tried.
TEST_F(PeerAddress, LeavesOutThePrivateAddressesOfANameThatHasBoth) {
    for (const std::vector<std::string>& addresses :
         {std::vector<std::string>{"127.0.0.1", kPublic4},
          std::vector<std::string>{kPublic4, "127.0.0.1"},
          std::vector<std::string>{"::1", kPublic4},
          std::vector<std::string>{kPublic6, "10.0.0.1"}}) {
        EXPECT_EQ(post_from(NameServer::name_of(addresses)).status, 204);
        for (const std::string& seen : new_connections())
            EXPECT_TRUE(seen == as_seen(kPublic4) || seen == as_seen(kPublic6)) << seen;
    }
}

// What counts is the socket that is about to be connected, so it does not matter what DNS said a
// moment ago.
TEST_F(PeerAddress, IsNotMisledByANameThatChangesItsAddress) {
    const std::string turns_private =
        NameServer::changing_name({kPublic4, "127.0.0.1", kPublic4, "169.254.169.254"});
    EXPECT_EQ(post_from(turns_private).status, 204);
    EXPECT_EQ(new_connections(), std::vector<std::string>{as_seen(kPublic4)});

    for (const int expected : {502, 204, 502}) {
        restart();  // forgets the name's address and the document
        EXPECT_EQ(post_from(turns_private).status, expected);
        for (const std::string& seen : new_connections()) EXPECT_EQ(seen, as_seen(kPublic4));
    }
}

TEST_F(PeerAddress, DeliversToNoPrivateAddress) {
    const std::string host = NameServer::name_of({"10.0.0.1"});
    before_ = connections().size();
    RawClient client = worker_->connect();
    client.host = "bob.example";
    const std::string fields = "Authorization: Bearer " + token_ + "\r\n";

    const Answer queued = client.ask("POST", "/api/v1/messages", fields,
                                     R"({"peer":")" + host + R"(/doc/x","payload":1})");
    ASSERT_EQ(queued.status, 202) << queued.body;

    EXPECT_TRUE(test::eventually([&] {
        const Answer page = client.ask("GET", "/api/v1/messages", fields);
        return page.body.find(R"("state":"pending","attempts":1)") != std::string::npos &&
               page.body.find(R"("lastErrorCode":"unreachable")") != std::string::npos;
    }));
    EXPECT_TRUE(new_connections().empty());
}

// A worker whose peers are slow, or say too much, or send it elsewhere. Each stage has its time,
// and all of them run at once.
TEST(SlowPeer, IsGivenUpInTimeAtEachStage) {
    HttpsPeer peer;
    HttpsPeer mute;
    mute.tell("hold handshake");
    WorkerProcess worker(POSTA_SERVER, kMe);
    worker.tenant.allow_private_peers = true;
    worker.tenant.ca_bundle = peer.ca_bundle();
    worker.start();
    struct Stage {
        std::string url;
        std::chrono::seconds at_most;
    };
    const std::vector<Stage> stages{{mute.url("alice.localhost", "/doc/x"), 5s},
                                    {peer.url("alice.localhost", "/never"), 10s},
                                    {peer.url("alice.localhost", "/drip"), 10s}};
    std::vector<std::thread> threads;
    for (const Stage& stage : stages)
        threads.emplace_back([&worker, stage] {
            const auto began = std::chrono::steady_clock::now();
            const Answer answer = post_to(worker, Correspondent(stage.url), "m1");
            const auto took = std::chrono::steady_clock::now() - began;
            EXPECT_EQ(answer.status, 502) << stage.url;
            EXPECT_GT(took, stage.at_most - 1s) << stage.url;
            EXPECT_LT(took, stage.at_most + 30s) << stage.url;  // the drip alone lasts longer
        });
    for (std::thread& thread : threads) thread.join();
    mute.tell("open handshake");
}

TEST(LongDocument, IsTakenUpTo64KiBAndNoFurther) {
    HttpsPeer peer;
    WorkerProcess worker(POSTA_SERVER, kMe);
    worker.tenant.allow_private_peers = true;
    worker.tenant.ca_bundle = peer.ca_bundle();
    worker.start();
    constexpr std::size_t kMost = 65'536;
    for (const std::size_t bytes : {kMost, kMost + 1}) {
        const std::string path = "/doc/d" + std::to_string(bytes);
        const Correspondent sender(peer.url("alice.localhost", path));
        std::string document = sender.document();
        document.append(bytes - document.size(), ' ');
        peer.put(path, document);
        EXPECT_EQ(post_to(worker, sender, "m1").status, bytes == kMost ? 204 : 502) << bytes;
    }
}

// The document is there, but behind a redirect, for a sender who lives at either URL.
TEST(Redirect, IsNeverFollowed) {
    HttpsPeer peer;
    WorkerProcess worker(POSTA_SERVER, kMe);
    worker.tenant.allow_private_peers = true;
    worker.tenant.ca_bundle = peer.ca_bundle();
    worker.start();
    const Correspondent sender(peer.url("alice.localhost", "/moved/x"));
    peer.put("/doc/x", sender.document());

    EXPECT_EQ(post_to(worker, sender, "m1").status, 502);
    EXPECT_EQ(peer.get("/count").find("GET /doc/x"), std::string::npos);
}

}  // namespace
}  // namespace posta::testing
