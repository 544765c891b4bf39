#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <vector>

#include "common/base/unix_socket.h"
#include "common/loop/event_loop.h"
#include "common/loop/listener.h"
#include "common/loop/stream.h"
#include "common/loop/timer.h"

namespace posta {
namespace {

using std::chrono_literals::operator""ms;

struct Recorder final : StreamEvents {
    std::string bytes;
    bool ended = false;
    int broken = 0;
    int drained = 0;
    bool reads = true;
    bool sends = true;
    std::vector<std::size_t> asked_to_send{};
    std::function<void()> then = [] {};

    void on_bytes(std::string_view part) override {
        bytes += part;
        then();
    }
    void on_end() override {
        ended = true;
        then();
    }
    void on_broken(int error) override {
        broken = error;
        then();
    }
    void on_drained() override {
        ++drained;
        then();
    }
    bool may_read() override { return reads; }
    bool may_send(std::size_t part) override {
        asked_to_send.push_back(part);
        return sends;
    }
};

struct Pair {
    EventLoop loop;
    Recorder left_events;
    Recorder right_events;
    std::unique_ptr<Stream> left;
    std::unique_ptr<Stream> right;

    Pair() {
        auto ends = socket_pair();
        left = std::make_unique<Stream>(loop, std::move(ends->first), SocketKind::unix_domain,
                                        left_events);
        right = std::make_unique<Stream>(loop, std::move(ends->second), SocketKind::unix_domain,
                                         right_events);
        right->start_reading();
        left->start_reading();
    }
};

TEST(Stream, DeliversWhatItQueuedInOrderAndThenTheEnd) {
    Pair pair;
    std::string sent;
    for (int part = 0; part < 200; ++part) {
        const std::string bytes(10'000, static_cast<char>('a' + part % 26));
        pair.left->write(bytes, "-");
        sent += bytes + "-";
    }
    EXPECT_GT(pair.left->queued_bytes(), 0U);  // more than any socket buffer here
    pair.left->shut_write();
    pair.right_events.then = [&] {
        if (!pair.right_events.ended) return;
        pair.left.reset();
        pair.right.reset();
    };

    pair.loop.run();

    EXPECT_EQ(pair.right_events.bytes, sent);
    EXPECT_EQ(pair.left_events.drained, 1);
}

struct Taker final : ListenerEvents {
    EventLoop& loop;
    Recorder events;
    std::unique_ptr<Stream> stream;

    explicit Taker(EventLoop& taking) : loop(taking) {}
    void on_connection(UniqueFd connection, const sockaddr_storage&) override {
        stream = std::make_unique<Stream>(loop, std::move(connection), SocketKind::tcp, events);
        stream->start_reading();
    }
    void on_accept_failed(const Error& error) override { ADD_FAILURE() << error.message; }
};

// A listener on loopback, and one client of it.
struct TcpPair {
    EventLoop loop;
    Taker taker{loop};
    std::unique_ptr<Listener> listener;
    UniqueFd peer{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};

    // `window`: of the client, in bytes; 0: the kernel's choice.
    explicit TcpPair(int window = 0) {
        UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        CHECK(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
        CHECK(::listen(socket.get(), 8) == 0);
        CHECK(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        listener = std::make_unique<Listener>(loop, std::move(socket), taker);
        if (window > 0)
            CHECK(::setsockopt(peer.get(), SOL_SOCKET, SO_RCVBUF, &window, sizeof window) == 0);
        CHECK(::connect(peer.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
        while (taker.stream == nullptr) loop.run_ready();
    }
};

// A read ends before an urgent byte, without news of what is behind it.
TEST(Stream, TakesUrgentBytesInTheirPlaceAndGoesOn) {
    TcpPair pair;
    UniqueFd& peer = pair.peer;
    ASSERT_EQ(::send(peer.get(), "ab", 2, 0), 2);
    ASSERT_EQ(::send(peer.get(), "c", 1, MSG_OOB), 1);
    ASSERT_EQ(::send(peer.get(), "de", 2, 0), 2);

    // All of it is in the socket: over loopback, sent is arrived.
    for (int turn = 0; turn < 10; ++turn) pair.loop.run_ready();

    EXPECT_EQ(pair.taker.events.bytes, "abcde");
}

// Each segment to so small a window costs a buffer of the kernel's and its time.
TEST(Stream, LeavesLittleInTheKernelForAClientThatDoesNotRead) {
    TcpPair pair(2048);
    const std::string bytes(4 * 1024 * 1024, 'x');
    const int fd = pair.taker.stream->fd();

    std::size_t taken = 0;
    for (ssize_t count = 0; count >= 0;
         count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL))
        taken += static_cast<std::size_t>(count);

    EXPECT_LT(taken, 192U * 1024);
}

TEST(Stream, ReportsAFailedWriteOnALaterTurn) {
    Pair pair;
    pair.right.reset();
    pair.loop.run_ready();
    pair.left->stop_reading();
    pair.left->write("x");
    EXPECT_EQ(pair.left_events.broken, 0);
    pair.left_events.then = [&] { pair.left.reset(); };

    pair.loop.run();

    EXPECT_EQ(pair.left_events.broken, UV_EPIPE);
}

TEST(Stream, MayBeDestroyedInsideItsOwnCallback) {
    Pair pair;
    pair.right_events.then = [&] { pair.right.reset(); };
    pair.left_events.then = [&] { pair.left.reset(); };
    pair.left->write("x");

    pair.loop.run();

    EXPECT_EQ(pair.right_events.bytes, "x");
    EXPECT_TRUE(pair.left_events.ended);
}

TEST(Stream, DeliversWhatCameBeforeAReset) {
    Pair pair;
    pair.right->stop_reading();
    pair.right->write("an answer");
    pair.left->write("a request that nobody reads");
    pair.right.reset();
    pair.left_events.then = [&] {
        if (pair.left_events.broken != 0) pair.left.reset();
    };

    pair.loop.run();

    EXPECT_EQ(pair.left_events.bytes, "an answer");
    EXPECT_EQ(pair.left_events.broken, UV_ECONNRESET);
}

TEST(Stream, ReadsNothingWhileItsOwnerWantsNone) {
    Pair pair;
    pair.right_events.reads = false;
    pair.left->write("said");
    for (int turns = 0; turns < 3; ++turns) pair.loop.run_ready();
    EXPECT_EQ(pair.right_events.bytes, "");
    EXPECT_FALSE(pair.right->reading());

    pair.right_events.reads = true;
    pair.right->start_reading();
    for (int turns = 0; turns < 3; ++turns) pair.loop.run_ready();

    EXPECT_EQ(pair.right_events.bytes, "said");
}

TEST(Stream, SendsWhatIsQueuedInPartsAndWhenItsOwnerSaysSo) {
    Pair pair;
    pair.right->stop_reading();
    pair.left->write(std::string(1'000'000, 'x'));
    const std::size_t queued = pair.left->queued_bytes();
    ASSERT_GT(queued, Stream::kMostToSend);
    pair.left_events.sends = false;
    pair.right->start_reading();
    for (int turns = 0; turns < 9; ++turns) pair.loop.run_ready();
    EXPECT_EQ(pair.left->queued_bytes(), queued);

    pair.left_events.sends = true;
    pair.left->resume_sending();
    pair.left_events.then = [&] { pair.loop.stop(); };
    pair.loop.run();
    for (int turns = 0; turns < 9; ++turns) pair.loop.run_ready();

    EXPECT_EQ(pair.right_events.bytes.size(), 1'000'000U);
    for (const std::size_t part : pair.left_events.asked_to_send)
        EXPECT_LE(part, Stream::kMostToSend);
}

TEST(Stream, SendsNothingAfterItsWriteSideIsShut) {
    Pair pair;
    pair.left->write("first");
    pair.left->shut_write();
    pair.left->write("second");
    pair.right_events.then = [&] {
        if (!pair.right_events.ended) return;
        pair.left.reset();
        pair.right.reset();
    };

    pair.loop.run();

    EXPECT_EQ(pair.right_events.bytes, "first");
}

TEST(Stream, ReadsAfterAPauseWhatCameMeanwhileAndTheEnd) {
    Pair pair;
    pair.right->stop_reading();
    pair.left->write("said");
    pair.left.reset();
    for (int turns = 0; turns < 3; ++turns) pair.loop.run_ready();
    EXPECT_EQ(pair.right_events.bytes, "");
    pair.right_events.then = [&] {
        if (pair.right_events.ended) pair.right.reset();
    };

    pair.right->start_reading();
    pair.loop.run();

    EXPECT_EQ(pair.right_events.bytes, "said");
    EXPECT_TRUE(pair.right_events.ended);
}

// The end comes with the bytes, and no news of it later.
TEST(Stream, FindsTheEndBehindTheLastBytes) {
    Pair pair;
    pair.left->write("said");
    pair.left.reset();
    pair.right_events.then = [&] {
        if (pair.right_events.ended) pair.right.reset();
    };

    pair.loop.run();

    EXPECT_EQ(pair.right_events.bytes, "said");
    EXPECT_TRUE(pair.right_events.ended);
}

TEST(Stream, GoesOnWithWhatAPauseInsideItsCallbackLeftUnread) {
    Pair pair;
    const std::string sent(3 * EventLoop::kReadBufferBytes, 'x');
    int pauses = 0;
    Timer again(pair.loop, [&] { pair.right->start_reading(); });
    pair.right_events.then = [&] {
        if (pair.right_events.bytes.size() == sent.size()) {
            pair.left.reset();
            pair.right.reset();
            return;
        }
        ++pauses;
        pair.right->stop_reading();
        again.start_once(1ms);
    };

    pair.left->write(sent);
    pair.loop.run();

    EXPECT_EQ(pair.right_events.bytes.size(), sent.size());
    EXPECT_GT(pauses, 0);
}

TEST(Stream, KeepsNoLoopRunningWhileNobodyReads) {
    Pair pair;
    pair.left->stop_reading();
    pair.right->stop_reading();

    pair.loop.run();

    EXPECT_FALSE(pair.left_events.ended);
}

TEST(Timer, MayBeDestroyedInsideItsOwnCallback) {
    EventLoop loop;
    int fired = 0;
    std::unique_ptr<Timer> timer;
    timer = std::make_unique<Timer>(loop, [&] {
        ++fired;
        timer.reset();
    });
    timer->start_every(1ms);

    loop.run();

    EXPECT_EQ(fired, 1);
}

TEST(EventLoop, RunsPoolWorkAndThenItsCompletion) {
    EventLoop loop;
    int stage = 0;
    loop.run_in_pool([&] { stage = 1; }, [&] { stage += 10; });

    loop.run();

    EXPECT_EQ(stage, 11);
}

}  // namespace
}  // namespace posta
