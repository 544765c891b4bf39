// A request that the front has given up is not run by the next worker, though its bytes still lie
// in the backlog of the tenant's socket.

#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <fstream>

#include "tests/support/http_client.h"
#include "tests/support/live_server.h"

namespace posta::test {
namespace {

// Connections to the socket that nobody has accepted yet.
int waiting_at(const std::string& socket_path) {
    int waiting = 0;
    std::ifstream sockets("/proc/net/unix");
    for (std::string line; std::getline(sockets, line);)
        // Connecting, with no inode, and the name that it was bound to.
        if (line.ends_with(" 02     0 " + socket_path + ".new")) ++waiting;
    return waiting;
}

class GivenUp : public ::testing::Test {
protected:
    GivenUp() {
        const Outcome created = live.run("token create --slug arne --name phone --no-qr");
        token_ = created.output.substr(0, created.output.find('\n'));
    }

    std::string request(const std::string& method, const std::string& body = "") const {
        return method + " /api/v1/messages HTTP/1.1\r\nHost: arne.test\r\nAuthorization: Bearer " +
               token_ + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }

    std::string messages() const {
        HttpClient client(live.server.port());
        return client.ask(request("GET")).body;
    }

    LiveServer live{{"arne"}};
    std::string token_;
};

TEST_F(GivenUp, RequestsInADeadWorkersBacklogAreNotRunByItsSuccessor) {
    const std::string post = request(
        "POST", R"({"peer":"peer.invalid","payload":{"kind":"posta.text/v1","body":"once"}})");
    const std::string keys = live.server.data_dir_of("arne") + "/keys.json";
    const pid_t first = live.server.pid_of("arne");
    send_signal(first, SIGSTOP);  // so that it does not accept
    HttpClient client(live.server.port());
    ASSERT_TRUE(client.send(post));
    ASSERT_TRUE(eventually([&] { return waiting_at(live.server.run_dir() + "/arne.sock") > 0; }));
    ASSERT_EQ(std::rename(keys.c_str(), (keys + ".away").c_str()), 0);
    send_signal(first, SIGKILL);  // and its successor fails, for want of a key

    EXPECT_EQ(client.receive("POST").status, 503);

    ASSERT_EQ(std::rename((keys + ".away").c_str(), keys.c_str()), 0);
    const Outcome started = live.run("ctl start arne");
    EXPECT_EQ(started.exit_code, 0) << started.output;
    EXPECT_TRUE(live.server.logs("a request is not run: its sender has given it up"));
    EXPECT_EQ(messages(), R"({"messages":[],"hasMore":false})");
    HttpClient again(live.server.port());
    EXPECT_EQ(again.ask(post, "POST").status, 202);
    EXPECT_NE(messages().find("once"), std::string::npos);
}

}  // namespace
}  // namespace posta::test
