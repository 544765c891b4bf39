#include "worker/events/event_frame.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

TEST(EventFrame, HasAKindAnIdAndOneObject) {
    EXPECT_EQ(event_frame("inbound", 17, R"({"rowId":1})"),
              "event: inbound\nid: 17\ndata: {\"rowId\":1}\n\n");
}

// A payload is passed on as it was written, with the line ends that its author put between values.
TEST(EventFrame, GivesEachLineOfAPayloadAFieldOfItsOwn) {
    EXPECT_EQ(event_frame("e", 1, "{\n 1}"), "event: e\nid: 1\ndata: {\ndata:  1}\n\n");
    EXPECT_EQ(event_frame("e", 1, "a\r\nb\rc\n"),
              "event: e\nid: 1\ndata: a\ndata: b\ndata: c\ndata: \n\n");
    EXPECT_EQ(event_frame("e", 1, "\n\nid: 9"), "event: e\nid: 1\ndata: \ndata: \ndata: id: 9\n\n");
}

TEST(EventFrame, ReadsOnlyAnIdThatCouldBeOurs) {
    EXPECT_EQ(read_event_id("0"), 0);
    EXPECT_EQ(read_event_id("1764000000000000"), 1764000000000000);
    for (const char* text : {"", " ", "-1", "+1", "1 ", " 1", "1.0", "1e3", "0x10", "abc", "1, 2",
                             "99999999999999999999", "9223372036854775808"})
        EXPECT_EQ(read_event_id(text), std::nullopt) << text;
}

}  // namespace
}  // namespace posta::worker
