#include <gtest/gtest.h>

#include "tests/support/http_cases.h"
#include "tests/support/three_tenants.h"

namespace posta::test {
namespace {

// Three tenants whose workers write down which whole requests came, as "arne=body".
class Witnesses {
public:
    Witnesses() {
        for (const std::string& slug : kSlugs)
            workers_.push_back(std::make_unique<FakeWorker>(
                slug, folder_ / (slug + ".sock"), [this, slug](WorkerSide& side) {
                    while (const auto request = side.read_request()) {
                        note(slug + "=" + request->body);
                        if (!side.send(echo(slug, *request))) return;
                    }
                }));
        front_ = std::make_unique<FrontProcess>(routes_in(folder_));
    }

    HttpClient client() const { return HttpClient(front_->port()); }

    std::vector<std::string> take_seen() {
        const std::lock_guard guard(lock_);
        return std::exchange(seen_, {});
    }

private:
    void note(std::string what) {
        const std::lock_guard guard(lock_);
        seen_.push_back(std::move(what));
    }

    TempDir folder_;
    std::mutex lock_;
    std::vector<std::string> seen_;
    std::vector<std::unique_ptr<FakeWorker>> workers_;
    std::unique_ptr<FrontProcess> front_;
};

std::string method_of(const HttpCase& one) { return one.bytes.substr(0, one.bytes.find(' ')); }

// Each case is followed, on its own connection and on another one, by a good request for tarald.
class FrontTable : public ::testing::Test {
protected:
    void run(const HttpCase& one) {
        HttpClient client = witnesses_.client();
        client.send(one.bytes);
        std::vector<std::string> expected;
        if (!one.whole) {
            client.shut_write();
            EXPECT_TRUE(client.sees_end()) << one.id;
        } else if (one.refused != 0) {
            const Answer answer = client.receive();
            EXPECT_EQ(answer.status, one.refused) << one.id << ": " << answer.body;
            client.send(get("tarald", "/after"));
            EXPECT_TRUE(client.sees_end()) << one.id;
        } else {
            expected = see_accepted(one, client);
        }
        EXPECT_EQ(witnesses_.client().ask(get("tarald", "/good")).status, 200) << one.id;
        expected.push_back("tarald=");
        EXPECT_EQ(witnesses_.take_seen(), expected) << one.id;
    }

private:
    std::vector<std::string> see_accepted(const HttpCase& one, HttpClient& client) {
        std::vector<std::string> expected;
        bool stays = true;
        for (const HttpCase::Expected& request : one.requests) {
            const bool first = &request == &one.requests.front();
            const Answer answer = client.receive(first ? method_of(one) : "GET");
            const bool served = !request.tenant.empty();
            EXPECT_EQ(answer.status, served ? 200 : 404) << one.id << ": " << answer.body;
            if (served) expected.push_back(request.tenant + "=" + request.body);
            stays = answer.keep_alive;
        }
        if (stays) {
            EXPECT_EQ(client.ask(get("tarald", "/after")).body, "tarald GET /after ") << one.id;
            expected.push_back("tarald=");
        } else {
            EXPECT_TRUE(client.sees_end()) << one.id;
        }
        return expected;
    }

    Witnesses witnesses_;
};

TEST_F(FrontTable, GivesEachTenantExactlyTheRequestsThatAreItsOwn) {
    for (const HttpCase& one : read_http_cases()) run(one);
}

}  // namespace
}  // namespace posta::test
