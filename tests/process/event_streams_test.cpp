// Event streams through the real front, while workers and the whole server are replaced under load.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "tests/support/event_follower.h"
#include "tests/support/event_reader.h"
#include "tests/support/http_client.h"
#include "tests/support/live_server.h"
#include "tests/support/test_paths.h"
#include "tests/support/versions.h"

namespace posta::test {
namespace {

const std::vector<std::string> kSlugs{"arne", "marcus"};

class EventStreams : public ::testing::Test {
protected:
    EventStreams() {
        for (const std::string& slug : kSlugs) {
            const Outcome made = live.run("token create --slug " + slug + " --name phone --no-qr");
            tokens_[slug] = made.output.substr(0, made.output.find('\n'));
            for (int number = 0; number < 2; ++number)
                followers_[slug].push_back(
                    std::make_unique<EventFollower>(live.server.port(), slug, tokens_[slug]));
        }
        for (const std::string& slug : kSlugs)
            for (const auto& follower : followers_[slug])
                EXPECT_TRUE(eventually([&] { return follower->is_ready(); })) << slug;
        writing_ = std::thread([this] { write(); });
    }
    ~EventStreams() override { stop_writing(); }

    // Adds contacts to both identities, one after the other, each over a connection of its own.
    void write() {
        for (int number = 0; !stopping_; ++number) {
            HttpClient client(live.server.port());
            const std::string& slug = kSlugs[static_cast<std::size_t>(number) % kSlugs.size()];
            const std::string url = "c" + std::to_string(number) + ".example";
            const std::string body = R"({"url":")" + url + "\"}";
            const Answer answer = client.ask("POST /api/v1/contacts HTTP/1.1\r\nHost: " + slug +
                                             ".test\r\nAuthorization: Bearer " + tokens_[slug] +
                                             "\r\nContent-Length: " + std::to_string(body.size()) +
                                             "\r\n\r\n" + body);
            const std::lock_guard<std::mutex> lock(mutex_);
            if (answer.status == 201) acknowledged_[slug].insert(url);
            if (answer.status != 201)
                failures_ += std::to_string(answer.status) + answer.body + " ";
        }
    }
    void goes_on(std::size_t more) {
        const auto count = [&] {
            const std::lock_guard<std::mutex> lock(mutex_);
            return acknowledged_["arne"].size();
        };
        const std::size_t before = count();
        EXPECT_TRUE(eventually([&] { return count() >= before + more; }));
    }
    void stop_writing() {
        stopping_ = true;
        if (writing_.joinable()) writing_.join();
    }
    // Every write that was acknowledged has reached every follower.
    void expect_nothing_missed() {
        expect_all_seen();
        EXPECT_EQ(failures_, "");
        for (const auto& [slug, followers] : followers_) {
            for (const auto& follower : followers) {
                EXPECT_EQ(follower->seen().cut, 0) << slug;
                EXPECT_EQ(follower->seen().refused, 0) << slug;
            }
        }
    }
    void expect_all_seen() {
        stop_writing();
        for (const auto& [slug, followers] : followers_) {
            for (const auto& follower : followers) {
                EXPECT_TRUE(eventually([&, &wanted = acknowledged_[slug]] {
                    const auto seen = follower->seen().contacts;
                    return std::includes(seen.begin(), seen.end(), wanted.begin(), wanted.end());
                })) << slug;
                EXPECT_TRUE(follower->seen().ids_grow) << slug;
            }
        }
    }
    void expect_streams(const std::string& slug, int streams) {
        for (const auto& follower : followers_[slug])
            EXPECT_TRUE(eventually([&] { return follower->seen().streams == streams; }))
                << slug << " had " << follower->seen().streams;
    }
    // Arne's worker is replaced by `act`, a few times.
    void replace_again_and_again(const std::function<void(int round)>& act) {
        constexpr int kRounds = 3;
        const pid_t marcus = live.server.pid_of("marcus");
        for (int round = 0; round < kRounds; ++round) {
            goes_on(5);
            const pid_t old = live.server.pid_of("arne");
            act(round);
            EXPECT_TRUE(live.replaced("arne", old));
            expect_streams("arne", round + 2);
        }
        goes_on(5);
        expect_nothing_missed();
        EXPECT_EQ(live.server.pid_of("marcus"), marcus);
        expect_streams("marcus", 1);
        for (const auto& follower : followers_["arne"]) EXPECT_EQ(follower->seen().whole, kRounds);
    }

    Versions versions{POSTA_SERVER};
    LiveServer live{kSlugs, "", {}, versions.current()};
    std::map<std::string, std::string> tokens_;
    std::map<std::string, std::vector<std::unique_ptr<EventFollower>>> followers_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;  // of what follows
    std::map<std::string, std::set<std::string>> acknowledged_;
    std::string failures_;
    std::thread writing_;
};

TEST_F(EventStreams, ResumeWithoutALossAfterARestartByCommand) {
    replace_again_and_again([&](int) {
        const Outcome restarted = live.run("ctl restart arne");
        EXPECT_EQ(restarted.exit_code, 0) << restarted.output;
    });
}

TEST_F(EventStreams, ResumeWithoutALossAfterASignalToTheWorker) {
    replace_again_and_again([&](int) { send_signal(live.server.pid_of("arne"), SIGHUP); });
}

TEST_F(EventStreams, ResumeWithoutALossAfterAChangedEntry) {
    replace_again_and_again([&](int round) {
        std::string text = read_text(live.server.manifest_path());
        const std::string before = "aliases = [\"a" + std::to_string(round - 1) + ".test\"]\n";
        if (const std::size_t at = text.find(before); at != std::string::npos)
            write_text(live.server.manifest_path(), text.erase(at, before.size()));
        live.add_to_entry("arne", "aliases = [\"a" + std::to_string(round) + ".test\"]");
        const Outcome reloaded = live.run("ctl reload");
        EXPECT_EQ(reloaded.exit_code, 0) << reloaded.output;
    });
}

TEST_F(EventStreams, ResumeWithoutALossAfterAnUpgrade) {
    goes_on(5);
    versions.use(versions.add("v2"));
    const Outcome upgraded = live.run("ctl upgrade");
    EXPECT_EQ(upgraded.exit_code, 0) << upgraded.output;
    goes_on(5);

    expect_nothing_missed();
    for (const std::string& slug : kSlugs)
        for (const auto& follower : followers_[slug]) EXPECT_GT(follower->seen().streams, 1);
}

// Cut, because nobody was left to end them.
TEST_F(EventStreams, ResumeWithoutALossAfterADeath) {
    for (int round = 0; round < 3; ++round) {
        goes_on(5);
        const pid_t old = live.server.pid_of("arne");
        send_signal(old, SIGKILL);
        EXPECT_TRUE(live.replaced("arne", old));
    }
    goes_on(5);

    expect_all_seen();
    expect_streams("marcus", 1);
    for (const auto& follower : followers_["arne"]) EXPECT_GT(follower->seen().cut, 0);
}

TEST(ManyEventStreams, AThousandAtOnceGetAnEvent) {
    constexpr std::size_t kStreams = 1000;
    rlimit files{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, 8192);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
    const LiveServer live({"arne"});
    const Outcome made = live.run("token create --slug arne --name phone --no-qr");
    const std::string token = made.output.substr(0, made.output.find('\n'));
    const std::string who = "Host: arne.test\r\nAuthorization: Bearer " + token + "\r\n";
    std::vector<std::unique_ptr<EventReader>> readers;
    for (std::size_t number = 0; number < kStreams; ++number) {
        readers.push_back(std::make_unique<EventReader>(connect_loopback(live.server.port())));
        ASSERT_EQ(readers.back()->open("GET /api/v1/events HTTP/1.1\r\n" + who + "\r\n"), 200)
            << number;
    }
    for (const auto& reader : readers) ASSERT_FALSE(reader->until("ready").empty());

    const std::string body = R"({"url":"c.example"})";
    HttpClient client(live.server.port());
    const Answer added =
        client.ask("POST /api/v1/contacts HTTP/1.1\r\n" + who +
                   "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);

    EXPECT_EQ(added.status, 201) << added.body;
    for (const auto& reader : readers) ASSERT_FALSE(reader->until("contact-changed").empty());
    EXPECT_TRUE(eventually([&] {
        return live.run("ctl metrics").output.find("posta_tenant_streams{tenant=\"arne\"} 1000") !=
               std::string::npos;
    })) << live.run("ctl metrics").output.substr(0, 3000);
}

}  // namespace
}  // namespace posta::test
