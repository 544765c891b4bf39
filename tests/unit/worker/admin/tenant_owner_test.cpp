#include "worker/admin/tenant_owner.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp_folder.h"

namespace posta::worker {
namespace {

TEST(NextFreeUid, LeavesTheFirstOfTheRangeToTheFront) {
    EXPECT_EQ(next_free_uid({700000, 799999}, {}), 700001U);
    EXPECT_EQ(next_free_uid({5, 5}, {}), std::nullopt);
}

TEST(NextFreeUid, IsAboveAllThatAreInUse) {
    EXPECT_EQ(next_free_uid({700000, 799999}, {0, 1000, 700001, 700005, 900000}), 700006U);
}

TEST(NextFreeUid, FillsGapsOnlyWhenTheTopIsTaken) {
    EXPECT_EQ(next_free_uid({10, 13}, {11, 13}), 12U);
    EXPECT_EQ(next_free_uid({10, 13}, {11, 12, 13}), std::nullopt);
    EXPECT_EQ(next_free_uid({0xfffffff0, 0xffffffff}, {0xffffffff}), 0xfffffff1U);
}

TEST(TenantOwner, IsFoundFromTheOwnersOfTheDirectories) {
    testing::TempFolder folder;
    ASSERT_EQ(::mkdir((folder / "arne").c_str(), 0700), 0);

    const Result<FileOwner> owner = choose_tenant_owner(folder.path(), {700000, 799999}, "");
    ASSERT_TRUE(owner.has_value()) << owner.error().message;
    if (::geteuid() != 0) {
        EXPECT_EQ(owner->uid, ::geteuid());
        return;
    }
    EXPECT_EQ(owner->uid, 700001U);
    EXPECT_EQ(owner->gid, 700001U);
    ASSERT_EQ(::chown((folder / "arne").c_str(), 700007, 700007), 0);
    EXPECT_EQ(choose_tenant_owner(folder.path(), {700000, 799999}, "")->uid, 700008U);
}

TEST(TenantOwner, IsNeverRootByName) {
    EXPECT_EQ(choose_tenant_owner("/nonexistent", {700000, 799999}, "root").error().code,
              ErrorCode::conflict);
    EXPECT_EQ(choose_tenant_owner("/nonexistent", {700000, 799999}, "no-such-user").error().code,
              ErrorCode::not_found);
}

}  // namespace
}  // namespace posta::worker
