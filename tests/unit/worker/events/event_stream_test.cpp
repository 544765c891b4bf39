#include "worker/events/event_stream.h"

#include <gtest/gtest.h>

#include <map>

namespace posta::worker {
namespace {

// A socket that takes as much as the test lets it.
class SlowSink final : public BodySink {
public:
    std::string written;
    std::size_t room = std::string::npos;
    bool finished = false;

    void write_body(std::string_view bytes) override {
        EXPECT_FALSE(finished);
        written.append(bytes);
        const std::size_t taken = std::min(room, bytes.size());
        room -= taken;
        unsent_ += bytes.size() - taken;
    }
    std::size_t unsent() const override { return unsent_; }
    void finish_body() override { finished = true; }
    void take_all() { unsent_ = 0; }

private:
    std::size_t unsent_ = 0;
};

class Source final : public EventSource {
public:
    std::map<std::int64_t, std::string> frames;
    std::int64_t floor = 100;
    int begun = 0;
    int gone = 0;
    bool short_of_memory = false;

    void on_begun(EventStream&) override { ++begun; }
    void on_gone(EventStream&) override { ++gone; }
    bool holds_all_after(std::int64_t id) const override { return id >= floor; }
    std::optional<Next> next_after(std::int64_t id) override {
        const auto found = frames.upper_bound(id);
        if (found == frames.end()) return std::nullopt;
        return Next{found->first, found->second};
    }
    std::string ready_frame() override { return "ready;"; }
    std::string resync_frame() override { return "resync;"; }
    bool lacks_memory() override { return short_of_memory; }
};

SharedFrame frame(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

const std::string kRetry = "retry: 2000\n\n";

struct Opened {
    Source source;
    SlowSink sink;
};

TEST(EventStream, SaysReadyFirstToANewClient) {
    Opened o;
    EventStream stream(o.source, {1});
    stream.begin(o.sink);
    stream.tell(frame("a;"));

    EXPECT_EQ(o.sink.written, kRetry + "ready;a;");
}

TEST(EventStream, ReplaysWhatWasMissedAndThenSaysReady) {
    Opened o;
    o.source.frames = {{101, "x;"}, {102, ""}, {103, "y;"}};
    EventStream stream(o.source, {1, true, 100});
    stream.begin(o.sink);

    EXPECT_EQ(o.sink.written, kRetry + "x;y;ready;");
}

TEST(EventStream, AsksForOneResyncWhenWhatWasSeenIsNotKnown) {
    for (const auto& seen : {std::optional<std::int64_t>(99), std::optional<std::int64_t>()}) {
        Opened o;
        o.source.frames = {{101, "x;"}};
        EventStream stream(o.source, {1, true, seen});
        stream.begin(o.sink);

        EXPECT_EQ(o.sink.written, kRetry + "resync;ready;");
    }
}

// Nothing of the replay is held for a reader that is slow to take it, and what happens meanwhile
// comes in its order.
TEST(EventStream, CatchesUpAtTheReadersPace) {
    Opened o;
    o.source.frames = {{101, "x;"}, {102, "y;"}};
    o.sink.room = kRetry.size() + 1;
    EventStream stream(o.source, {1, true, 100});
    stream.begin(o.sink);
    EXPECT_EQ(o.sink.written, kRetry + "x;");
    o.source.frames[103] = "new;";
    stream.tell(frame("new;"));
    stream.comment();
    EXPECT_EQ(o.sink.written, kRetry + "x;");

    o.sink.room = std::string::npos;
    o.sink.take_all();
    stream.on_all_sent();

    EXPECT_EQ(o.sink.written, kRetry + "x;y;new;ready;");
}

TEST(EventStream, EndsWhenItsPlaceIsForgottenWhileItCatchesUp) {
    Opened o;
    o.source.frames = {{101, "x;"}, {102, "y;"}};
    o.sink.room = 0;
    EventStream stream(o.source, {1, true, 100});
    stream.begin(o.sink);
    o.source.floor = 102;
    o.sink.take_all();
    stream.on_all_sent();

    EXPECT_TRUE(o.sink.finished);
}

TEST(EventStream, KeepsTheOrderForASlowReader) {
    Opened o;
    EventStream stream(o.source, {1});
    o.sink.room = kRetry.size();
    stream.begin(o.sink);
    stream.tell(frame("a;"));
    stream.tell(frame("b;"));
    stream.comment();
    EXPECT_EQ(o.sink.written, kRetry + "ready;");
    o.sink.room = 1;
    o.sink.take_all();
    stream.on_all_sent();
    EXPECT_EQ(o.sink.written, kRetry + "ready;a;");
    o.sink.room = std::string::npos;
    o.sink.take_all();
    stream.on_all_sent();
    stream.tell(frame("c;"));

    EXPECT_EQ(o.sink.written, kRetry + "ready;a;b;c;");
    EXPECT_FALSE(o.sink.finished);
}

TEST(EventStream, EndsAReaderWhoseBufferPassesAMebibyte) {
    Opened o;
    EventStream stream(o.source, {1});
    stream.begin(o.sink);
    o.sink.room = 0;
    const SharedFrame kib = frame(std::string(1024, 'x'));
    int told = 0;
    for (; told < 2000 && !o.sink.finished; ++told) stream.tell(kib);

    EXPECT_EQ(told, 1025);
    stream.tell(kib);
    stream.on_all_sent();
    stream.comment();
    EXPECT_EQ(o.sink.written.size(), kRetry.size() + std::string("ready;").size() + 1024);
}

TEST(EventStream, CommentsOnlyWhenNothingIsUnderWay) {
    Opened o;
    EventStream stream(o.source, {1});
    stream.comment();
    stream.begin(o.sink);
    stream.comment();

    EXPECT_EQ(o.sink.written, kRetry + "ready;: still here\n\n");
}

TEST(EventStream, TakesItsLeaveOfTheSource) {
    Opened o;
    {
        EventStream stream(o.source, {1});
        stream.begin(o.sink);
        stream.end();
        stream.end();
    }
    EXPECT_EQ(o.source.begun, 1);
    EXPECT_EQ(o.source.gone, 1);
    EXPECT_TRUE(o.sink.finished);
}

TEST(EventStream, EndsForWhoMakesEventsWaitWhileMemoryIsShort) {
    Opened opened;
    EventStream stream(opened.source, {1});
    stream.begin(opened.sink);
    opened.source.short_of_memory = true;

    stream.tell(frame("taken;"));
    EXPECT_FALSE(opened.sink.finished) << "a reader that takes all costs nothing";

    opened.sink.room = 0;
    stream.tell(frame("not taken;"));
    stream.tell(frame("waits;"));
    EXPECT_TRUE(opened.sink.finished);
}

}  // namespace
}  // namespace posta::worker
