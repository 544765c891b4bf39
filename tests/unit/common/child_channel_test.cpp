#include "common/contracts/child_channel.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <thread>
#include <vector>

#include "common/base/unix_socket.h"
#include "common/contracts/channel.h"
#include "common/contracts/migrating_word.h"
#include "common/contracts/settings.h"
#include "tests/support/fake_clock.h"

namespace posta::contracts {
namespace {

std::string received(int fd) {
    std::array<char, 65536> buffer{};
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return count <= 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(count));
}

void send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) {
            ASSERT_EQ(errno, EAGAIN);
            std::this_thread::yield();
            continue;
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

struct Child final : ChildChannelEvents {
    EventLoop loop;
    UniqueFd supervisor;
    std::unique_ptr<ChildChannel> channel;
    std::vector<std::string> orders;
    bool alone = false;
    std::string text = "{}";

    Child() {
        auto ends = socket_pair();
        supervisor = std::move(ends->first);
        channel = std::make_unique<ChildChannel>(loop, std::move(ends->second), *this);
    }
    void on_order(std::string_view line) override { orders.emplace_back(line); }
    void on_supervisor_gone() override { alone = true; }
    std::string report() override { return text; }
};

TEST(ChildChannel, AnswersPingsAndPassesOrdersOn) {
    Child child;
    send_all(child.supervisor.get(), "ping\nlevel debug\nping\n");

    child.loop.run_ready();

    EXPECT_EQ(received(child.supervisor.get()), "pong\nreport {}\npong\nreport {}\n");
    EXPECT_EQ(child.orders, std::vector<std::string>{"level debug"});
}

TEST(ChildChannel, SaysItsWordsAsLines) {
    Child child;
    child.text = "{\"requests\":1}";

    child.channel->say_ready();
    child.channel->say_draining();

    EXPECT_EQ(received(child.supervisor.get()), "ready\nreport {\"requests\":1}\ndraining\n");
}

TEST(ChildChannel, DropsReportsThatTheSupervisorDoesNotRead) {
    Child child;
    child.text.assign(kMaxReportBytes - 100, 'x');

    for (int count = 0; count < 1000; ++count) {
        send_all(child.supervisor.get(), "ping\n");
        child.loop.run_ready();
    }

    std::size_t bytes = 0;
    for (std::string part = received(child.supervisor.get()); !part.empty();
         part = received(child.supervisor.get())) {
        bytes += part.size();
        child.loop.run_ready();
    }
    EXPECT_LT(bytes, std::size_t{2} * 1024 * 1024);
}

TEST(ChildChannel, TellsThatTheSupervisorIsGone) {
    Child child;
    child.supervisor.reset();

    child.loop.run_ready();

    EXPECT_TRUE(child.alone);
}

TEST(LeaveWithSupervisor, SeesThatItIsGoneAlready) {
    auto ends = socket_pair();
    EXPECT_TRUE(leave_with_supervisor(ends->first.get()));
    ends->second.reset();

    const Result<void> left = leave_with_supervisor(ends->first.get());

    ASSERT_FALSE(left);
    EXPECT_EQ(left.error().code, ErrorCode::unavailable);
}

TEST(SayFailed, KeepsTheReasonOnOneLine) {
    auto ends = socket_pair();

    say_failed(ends->first.get(), "keys.json: line 3\nbroken\t" + std::string(9000, 'x'));

    const std::string line = received(ends->second.get());
    EXPECT_EQ(line.substr(0, 32), "failed keys.json: line 3 broken ");
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_LT(line.size(), 5000U);
}

TEST(MigratingWordTest, IsSaidAtOnceAndThenNowAndThen) {
    auto ends = socket_pair();
    posta::testing::FakeClock clock;
    MigratingWord word(ends->first.get(), clock);

    word.on_progress();
    EXPECT_EQ(received(ends->second.get()), "migrating\n");
    clock.advance(MigratingWord::kEvery - std::chrono::milliseconds(1));
    word.on_progress();
    EXPECT_EQ(received(ends->second.get()), "");
    clock.advance(std::chrono::milliseconds(1));
    word.on_progress();
    word.on_progress();
    EXPECT_EQ(received(ends->second.get()), "migrating\n");
}

TEST(ReadFirstLine, LeavesWhatFollowsForTheLoop) {
    auto ends = socket_pair();
    const std::string settings(300'000, 's');
    std::thread supervisor([&] { send_all(ends->first.get(), settings + "\nroutes {}\n"); });

    const Result<std::string> line = read_first_line(ends->second.get());

    supervisor.join();
    ASSERT_TRUE(line);
    EXPECT_EQ(*line, settings);
    EXPECT_EQ(received(ends->second.get()), "routes {}\n");
}

TEST(ReadFirstLine, FailsWhenTheSupervisorLeaves) {
    auto ends = socket_pair();
    send_all(ends->first.get(), "{\"half\":");
    ends->first.reset();

    const Result<std::string> line = read_first_line(ends->second.get());

    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().code, ErrorCode::unavailable);
}

TEST(ReadFirstLine, RefusesALineWithoutEnd) {
    auto ends = socket_pair();
    std::thread supervisor(
        [&] { send_all(ends->first.get(), std::string(kMaxLineBytes + 1, 'x')); });

    const Result<std::string> line = read_first_line(ends->second.get());

    supervisor.join();
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace posta::contracts
