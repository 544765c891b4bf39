// What root gives up before it works in a tenant's directory, seen in child processes.
#include "worker/admin/become_owner.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "tests/support/temp_folder.h"

namespace posta::worker {
namespace {

constexpr uid_t kTenant = 700'321;
constexpr uid_t kStranger = 700'322;

int code_of_child(const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

class BecomeOwner : public ::testing::Test {
protected:
    BecomeOwner() {
        EXPECT_EQ(::mkdir(directory_.c_str(), 0700), 0);
        EXPECT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
        if (is_root_) {
            EXPECT_EQ(::chown(directory_.c_str(), kTenant, kTenant), 0);
        }
    }

    testing::TempFolder folder_;
    const std::string directory_ = folder_ / "arne";
    const bool is_root_ = ::geteuid() == 0;
};

TEST_F(BecomeOwner, FindsTheOwnerOfADirectory) {
    const Result<FileOwner> owner = owner_of(directory_);

    ASSERT_TRUE(owner.has_value()) << owner.error().message;
    EXPECT_EQ(owner->uid, is_root_ ? kTenant : ::geteuid());
}

TEST_F(BecomeOwner, RefusesWhatIsNoDirectory) {
    const std::string link = folder_ / "link";
    ASSERT_EQ(::symlink(directory_.c_str(), link.c_str()), 0);

    EXPECT_EQ(owner_of(link).error().code, ErrorCode::invalid);
    EXPECT_EQ(owner_of(folder_ / "absent").error().code, ErrorCode::not_found);
}

TEST_F(BecomeOwner, RefusesADirectoryOfRootAndSaysWhatToDo) {
    if (!is_root_) return;
    ASSERT_EQ(::chown(directory_.c_str(), 0, 0), 0);

    const Result<FileOwner> owner = owner_of(directory_);

    ASSERT_FALSE(owner.has_value());
    EXPECT_EQ(owner.error().code, ErrorCode::denied);
    EXPECT_NE(owner.error().message.find("(chown -R it to a uid of its own)"), std::string::npos);
}

TEST_F(BecomeOwner, RefusesAnothersDirectoryWithoutRoot) {
    if (!is_root_) return;
    EXPECT_EQ(code_of_child([&] {
                  if (::setresuid(kStranger, kStranger, kStranger) != 0) return 100;
                  return static_cast<int>(owner_of(directory_).error().code);
              }),
              static_cast<int>(ErrorCode::denied));
}

TEST_F(BecomeOwner, GivesUpRootItsGroupsAndTheWayBack) {
    if (!is_root_) return;
    EXPECT_EQ(code_of_child([&] {
                  const gid_t groups[] = {4, 5};
                  if (::setgroups(2, groups) != 0) return 100;
                  if (!become_owner(directory_)) return 101;
                  uid_t real = 0;
                  uid_t effective = 0;
                  uid_t saved = 0;
                  ::getresuid(&real, &effective, &saved);
                  if (real != kTenant || effective != kTenant || saved != kTenant) return 102;
                  if (::getegid() != kTenant || ::getgroups(0, nullptr) != 0) return 103;
                  if (::setuid(0) == 0 || ::setgid(0) == 0) return 104;
                  return ::access("/etc/shadow", R_OK) == 0 ? 105 : 0;
              }),
              0);
}

// A directory whose group is root's: the group of root is no tenant's.
TEST_F(BecomeOwner, NeverKeepsTheGroupOfRoot) {
    if (!is_root_) return;
    ASSERT_EQ(::chown(directory_.c_str(), kTenant, 0), 0);
    EXPECT_EQ(code_of_child([&] {
                  if (!become_owner(directory_)) return 101;
                  return ::getgid() == kTenant && ::getegid() == kTenant ? 0 : 102;
              }),
              0);
}

TEST_F(BecomeOwner, WorksAsTheOwnerAndStaysWhoItIs) {
    const Result<std::string> who =
        as_owner(directory_, [] { return Result<std::string>(std::to_string(::geteuid())); });

    ASSERT_TRUE(who.has_value()) << who.error().message;
    EXPECT_EQ(*who, std::to_string(is_root_ ? kTenant : ::geteuid()));
    EXPECT_EQ(::geteuid() == 0, is_root_);
}

TEST_F(BecomeOwner, HandsALongResultAndAnErrorBack) {
    const std::string large(300'000, 'x');

    EXPECT_EQ(as_owner(directory_, [&] { return Result<std::string>(large); }).value(), large);
    const Result<std::string> failed = as_owner(directory_, []() -> Result<std::string> {
        return Error{ErrorCode::conflict, "two of them"};
    });
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code, ErrorCode::conflict);
    EXPECT_EQ(failed.error().message, "two of them");
}

TEST_F(BecomeOwner, TellsOfAWorkThatDied) {
    if (!is_root_) return;
    const Result<std::string> died =
        as_owner(directory_, []() -> Result<std::string> { ::_exit(3); });

    ASSERT_FALSE(died.has_value());
    EXPECT_EQ(died.error().message, "the process that worked as the owner died");
}

}  // namespace
}  // namespace posta::worker
