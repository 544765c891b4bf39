#include "worker/http/etag.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

TEST(Etag, IsStrongAndFollowsTheBytes) {
    // The first half of sha256("abc").
    EXPECT_EQ(etag_of("abc"), "\"ba7816bf8f01cfea414140de5dae2223\"");
    EXPECT_NE(etag_of("abc"), etag_of("abd"));
}

TEST(Etag, IsFoundInAList) {
    EXPECT_TRUE(none_match_names("\"a\"", "\"a\""));
    EXPECT_TRUE(none_match_names("\"x\", W/\"a\" ,\"b\"", "\"a\""));
    EXPECT_TRUE(none_match_names("*", "\"a\""));
    EXPECT_TRUE(none_match_names("\"with,comma\",\"a\"", "\"a\""));
}

TEST(Etag, IsNotFoundInWhatDoesNotNameIt) {
    for (const char* list : {"", "a", "\"b\"", "\"a", "W/a", "x, \"a\"", "\"A\""})
        EXPECT_FALSE(none_match_names(list, "\"a\"")) << list;
}

}  // namespace
}  // namespace posta::worker
