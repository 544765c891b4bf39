// Logs and events as an operator gets them, with children that only act (tests/support/stage.cpp).

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <csignal>
#include <filesystem>

#include "common/base/unix_socket.h"
#include "common/contracts/control.h"
#include "common/contracts/line_splitter.h"
#include "common/json/parse.h"
#include "tests/support/server_process.h"
#include "tests/support/test_paths.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""s;

// One that follows a stream of the control socket, or does not read it.
class Follower {
public:
    Follower(const ServerProcess& server, const std::string& request) {
        Result<UniqueFd> opened = connect_unix(contracts::control_socket_path(server.run_dir()));
        if (!opened) return;
        socket_ = std::move(opened).value();
        const std::string line = request + "\n";
        EXPECT_EQ(::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(line.size()));
    }
    // A line with this text comes within the deadline.
    bool sees(const std::string& text) {
        const auto end = std::chrono::steady_clock::now() + 120s;
        while (std::chrono::steady_clock::now() < end) {
            while (const auto line = lines_.next()) {
                last_ = *line;
                if (line->find(text) == std::string::npos) continue;
                EXPECT_TRUE(json::parse(*line)) << *line;
                return true;
            }
            pollfd wait{socket_.get(), POLLIN, 0};
            if (::poll(&wait, 1, 1000) <= 0) continue;
            std::string bytes(65536, '\0');
            const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
            if (count <= 0) break;
            lines_.add({bytes.data(), static_cast<std::size_t>(count)});
        }
        ADD_FAILURE() << "no line with " << text << "; the last one is " << last_;
        return false;
    }

private:
    UniqueFd socket_;
    contracts::LineSplitter lines_{1024 * 1024};
    std::string last_;
};

int times_in(std::string_view text, std::string_view word) {
    int times = 0;
    for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + word.size()))
        ++times;
    return times;
}

class Logs : public testing::Test {
protected:
    ServerProcess server{POSTA_STAGE};

    void serve(const std::string& part) {
        server.add_identity("arne");
        server.add_identity("marcus");
        write_text(server.data_dir_of("arne") + "/part", part + "\n");
        server.write_manifest();
        server.start();
    }
    std::string ask(std::string_view request) const { return server.ask(request); }
    bool holds(std::string_view request, const std::string& text) {
        return eventually([&] { return ask(request).find(text) != std::string::npos; });
    }
};

TEST_F(Logs, NameTheTenantOfWhatACrashingChildSays) {
    serve("print ==7==ERROR: so it ends\\nsecond \x1b[2J line");

    EXPECT_TRUE(server.logs("warn arne: output line=\"==7==ERROR: so it ends\""));
    EXPECT_TRUE(holds("logs arne", R"("event":"output","line":"==7==ERROR: so it ends"})"));
    EXPECT_EQ(ask("logs marcus").find("so it ends"), std::string::npos);
}

TEST_F(Logs, LetNoChildSpeakForAnother) {
    serve(
        R"(print {"time":"2001-01-01T00:00:00Z","level":"error","source":"marcus","event":"forged"})");

    EXPECT_TRUE(server.logs("error arne: forged"));
    EXPECT_EQ(server.log().find("error marcus: forged"), std::string::npos);
    EXPECT_EQ(server.log().find("2001-01-01"), std::string::npos);
}

TEST_F(Logs, AreJsonWhenThatIsAskedFor) {
    server.add_words({"--log-format", "json"});
    serve("print plain words");
    ASSERT_TRUE(server.logs(R"("source":"arne","event":"output","line":"plain words"})"));

    contracts::LineSplitter lines(1024 * 1024);
    lines.add(server.log());
    while (const auto line = lines.next()) {
        const auto parsed = json::parse(*line);
        ASSERT_TRUE(parsed) << *line;
        EXPECT_NE(parsed->find("source"), nullptr) << *line;
    }
}

TEST_F(Logs, AnswerWithTheLastLinesOfOneTenant) {
    serve("print one\\ntwo\\nthree");
    ASSERT_TRUE(holds("logs arne", "\"to\":\"ready\""));
    ASSERT_TRUE(holds("logs arne", "three"));

    EXPECT_EQ(ask("logs arne -n 0"),
              R"({"ok":true,"schema":1,"command":"logs","result":{"name":"arne","lines":[]}})");
    EXPECT_NE(ask("logs nobody").find("\"code\":\"not_found\""), std::string::npos);
    EXPECT_NE(ask("logs arne -n some").find("\"code\":\"invalid\""), std::string::npos);
}

TEST_F(Logs, AreFollowed) {
    serve("serve");
    Follower follower(server, "logs arne -f -n 0");
    Follower neighbour(server, "logs marcus -f -n 0");
    write_text(server.data_dir_of("arne") + "/part", "print as it happens\n");
    EXPECT_NE(ask("restart arne").find("\"ok\":true"), std::string::npos);

    EXPECT_TRUE(follower.sees(R"("source":"arne","event":"output","line":"as it happens"}})"));

    EXPECT_NE(ask("restart marcus").find("\"ok\":true"), std::string::npos);
    EXPECT_TRUE(neighbour.sees("\"event\":\"state\",\"name\":\"marcus\""));
}

TEST_F(Logs, TellChangesOfStateAsTheyHappen) {
    serve("serve");
    Follower follower(server, "events");
    EXPECT_NE(ask("stop arne").find("\"ok\":true"), std::string::npos);
    write_text(server.data_dir_of("marcus") + "/part", "fail no key\n");
    EXPECT_NE(ask("restart marcus").find("\"ok\":false"), std::string::npos);

    EXPECT_TRUE(follower.sees(R"("name":"arne","kind":"worker","from":"ready","to":"draining")"));
    EXPECT_TRUE(follower.sees(R"("name":"arne","kind":"worker","from":"draining","to":"stopped")"));
    EXPECT_TRUE(follower.sees(R"("from":"starting","to":"failed","pid":null,"reason":"no key"}})"));
}

TEST_F(Logs, OfAFloodingChildCostNobodyElse) {
    serve("flood");
    const pid_t arne = server.pid_of("arne");

    for (int round = 0; round < 50; ++round)
        EXPECT_NE(ask("status").find("\"ok\":true"), std::string::npos);

    EXPECT_TRUE(server.logs("arne: output line=\"water water water\""));
    EXPECT_EQ(server.pid_of("arne"), arne);  // it answers its heartbeat: writing holds nobody
    // A burst of 1 MiB and 256 KiB a second: far from what such a child can write.
    EXPECT_LT(server.log().size(), 100U * 1024 * 1024);
}

TEST_F(Logs, WaitForNoReader) {
    serve("flood");
    std::vector<Follower> sleepers;
    for (int count = 0; count < 16; ++count) sleepers.emplace_back(server, "logs arne -f");
    EXPECT_TRUE(holds("events", "too many follow logs and events already"));

    EXPECT_NE(ask("restart arne --now").find("\"ok\":true"), std::string::npos);
    EXPECT_NE(ask("status").find("\"ok\":true"), std::string::npos);
    EXPECT_TRUE(server.logs("water", times_in(server.log(), "water") + 20'000));

    // One that reads again is told how much it has missed.
    EXPECT_TRUE(sleepers.front().sees("\"result\":{\"dropped\":"));
    sleepers.clear();
    Follower late(server, "events");
    EXPECT_TRUE(eventually([&] { return ask("stop marcus").find("true") != std::string::npos; }));
    EXPECT_TRUE(late.sees("\"name\":\"marcus\""));
}

TEST_F(Logs, GoOnInANewFileWhenTheOldOneWasMovedAway) {
    const std::string path = server.folder() / "posta.log";
    server.add_words({"--log-file", path});
    serve("print early");
    EXPECT_TRUE(eventually([&] { return read_text(path).find("early") != std::string::npos; }));
    const auto moved_and = [&](const std::function<void()>& reopen) {
        std::filesystem::rename(path, path + ".1");
        reopen();
        EXPECT_TRUE(eventually(
            [&] { return read_text(path).find("log file opened again") != std::string::npos; }));
    };
    moved_and([&] { server.signal(SIGUSR1); });
    moved_and([&] { EXPECT_NE(ask("reopen").find(path), std::string::npos); });

    // Where it cannot be opened the log stays where it was.
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    EXPECT_NE(ask("reopen").find("\"ok\":false"), std::string::npos);
    EXPECT_EQ(server.log(), "");
}

}  // namespace
}  // namespace posta::test
