#include "supervisor/tenants/owner.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

TEST(Owner, IsWhomTheDirectoryBelongsToWhenRunAsRoot) {
    const Result<RunAs> user = run_as("/d", 700001, 700002, 0);

    ASSERT_TRUE(user);
    EXPECT_EQ(*user, (RunAs{700001, 700002}));
}

TEST(Owner, IsNeverRootAndTheErrorNamesTheRemedy) {
    for (const auto& [uid, gid] : {std::pair<uid_t, gid_t>{0, 0}, {0, 7}, {7, 0}}) {
        const Result<RunAs> user = run_as("/d", uid, gid, 0);

        ASSERT_FALSE(user);
        EXPECT_EQ(user.error().code, ErrorCode::denied);
        EXPECT_NE(user.error().message.find("chown"), std::string::npos);
    }
}

TEST(Owner, IsTheCallerWithoutRoot) {
    EXPECT_EQ(*run_as("/d", 1000, 1000, 1000), RunAs{});
    EXPECT_FALSE(run_as("/d", 1001, 1000, 1000));
    EXPECT_FALSE(run_as("/d", 0, 0, 1000));
}

TEST(Owner, OfAMissingDirectoryIsAnErrorThatSaysHowToMakeIt) {
    const Result<RunAs> user = owner_of_data("/nonexistent/arne", 0);

    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().code, ErrorCode::not_found);
    EXPECT_NE(user.error().message.find("identity add"), std::string::npos);
}

TEST(FrontUser, IsTheFirstOfTheRangeUnlessOneIsNamed) {
    manifest::Server server;
    EXPECT_EQ(*front_user(server, 0), (RunAs{700000, 700000}));
    EXPECT_EQ(*front_user(server, 1000), RunAs{});
    server.front_user = "12345";
    EXPECT_EQ(*front_user(server, 0), (RunAs{12345, 12345}));
    server.front_user = "root";
    EXPECT_FALSE(front_user(server, 0));
    server.front_user = "0";
    EXPECT_FALSE(front_user(server, 0));
    server.front_user = "no-such-user-here";
    EXPECT_FALSE(front_user(server, 0));
}

}  // namespace
}  // namespace posta::supervisor
