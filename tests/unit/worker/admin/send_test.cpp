#include "worker/admin/send.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

constexpr std::string_view kMe = "https://alice.example";

std::string complaint(std::string_view peer, std::string_view payload,
                      std::string_view in_reply_to = "") {
    const auto draft = draft_from_words(peer, payload, in_reply_to, kMe);
    return draft ? "" : draft.error().message;
}

TEST(Send, WritesTextAsATextPayload) {
    EXPECT_EQ(text_payload("a \"b\"\n"), R"({"kind":"posta.text/v1","body":"a \"b\"\n"})");
}

TEST(Send, KeepsThePayloadAndMakesThePeerCanonical) {
    const auto draft = draft_from_words("Bob.Example/x/", " { \"a\" : 1.50 }\n", "id", kMe);

    ASSERT_TRUE(draft);
    EXPECT_EQ(draft->peer, "https://bob.example/x");
    EXPECT_EQ(draft->payload, R"({ "a" : 1.50 })");
    EXPECT_EQ(draft->in_reply_to, "id");
}

TEST(Send, TakesAnyJsonValueAsPayload) {
    for (const std::string_view payload : {"null", "1", "\"x\"", "[]", "{}"})
        EXPECT_EQ(complaint("bob.example", payload), "");
}

// A payload stands one level deeper in its envelope, which receivers refuse beyond 32.
TEST(Send, RefusesAPayloadThatIsTooDeepForAnEnvelope) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };

    EXPECT_EQ(complaint("bob.example", nested(31)), "");
    EXPECT_NE(complaint("bob.example", nested(32)), "");
}

TEST(Send, SaysWhatIsWrong) {
    EXPECT_NE(complaint("http://bob.example", "1").find("non-https-scheme"), std::string::npos);
    EXPECT_NE(complaint("bob.example", "Hello").find("--text"), std::string::npos);
    EXPECT_NE(complaint("bob.example", "1 1"), "");
    EXPECT_NE(complaint("bob.example", "1", std::string(257, 'x')), "");
    EXPECT_NE(complaint("bob.example", '"' + std::string(65'500, 'x') + '"'), "");
    EXPECT_NE(complaint("bob.example", R"({"kind":"posta.link/v1","url":"http://x.example"})"), "");
}

}  // namespace
}  // namespace posta::worker
