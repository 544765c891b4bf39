#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>

#include "tests/support/fake_clock.h"
#include "tests/support/temp_folder.h"
#include "worker/store/migrate.h"
#include "worker/store/schema.h"
#include "worker/store/store.h"

namespace posta::store {
namespace {

using namespace std::chrono_literals;

class Stores : public ::testing::Test {
protected:
    void SetUp() override {
        Result<std::unique_ptr<Store>> opened = Store::create(":memory:", clock_, log_);
        ASSERT_TRUE(opened.has_value()) << opened.error().message;
        store_ = std::move(opened).value();
    }

    testing::FakeClock clock_;
    Log log_{clock_, "test", LogLevel::error, LogFormat::text};
    std::unique_ptr<Store> store_;
};

TEST_F(Stores, ANewDatabaseIsAtTheNewestVersionWithAllItsColumns) {
    EXPECT_EQ(schema_version_of(store_->database()).value(), kNewestVersion);
    EXPECT_TRUE(missing_columns(store_->database(), kNewestVersion).value().empty());
}

TEST_F(Stores, ATokenIsFoundByItsSecretAlone) {
    const TokenStore::Created created = store_->tokens().create("phone").value();

    EXPECT_TRUE(created.secret.starts_with("mst_"));
    EXPECT_EQ(created.secret.size(), 47U);
    const std::optional<Token> found = store_->tokens().find_by_token(created.secret).value();
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->id, created.token.id);
    EXPECT_EQ(found->name, "phone");
    EXPECT_FALSE(store_->tokens().find_by_token(created.secret + "x").value().has_value());
    EXPECT_FALSE(store_->tokens().find_by_token("").value().has_value());
    EXPECT_FALSE(store_->tokens().find_by_token(created.secret.substr(4)).value().has_value());
}

TEST_F(Stores, TheSecretOfATokenIsNotStored) {
    const TokenStore::Created created = store_->tokens().create("phone").value();

    Statement select(store_->database(),
                     "SELECT count(*) FROM auth_tokens WHERE instr(token_hash, ?) > 0"
                     " OR length(token_hash) <> 32");
    Rows rows = select.run({created.secret});
    ASSERT_TRUE(rows.next().value());
    EXPECT_EQ(rows.integer(0), 0);
}

TEST_F(Stores, ARevokedTokenIsNotFound) {
    const TokenStore::Created by_id = store_->tokens().create("a").value();
    const TokenStore::Created by_name = store_->tokens().create("b").value();

    EXPECT_EQ(store_->tokens().revoke(by_id.token.id).value(), 1);
    EXPECT_EQ(store_->tokens().revoke(by_id.token.id).value(), 0);
    EXPECT_EQ(store_->tokens().revoke_by_name("b").value(), 1);
    EXPECT_EQ(store_->tokens().revoke_by_name("c").value(), 0);

    EXPECT_FALSE(store_->tokens().find_by_token(by_id.secret).value().has_value());
    EXPECT_FALSE(store_->tokens().find_by_token(by_name.secret).value().has_value());
    EXPECT_EQ(store_->tokens().list().value().size(), 2U);
}

TEST_F(Stores, LastSeenIsDueOnceAMinute) {
    const TokenStore::Created created = store_->tokens().create("phone").value();
    EXPECT_TRUE(store_->tokens().needs_touch(created.token));

    ASSERT_TRUE(store_->tokens().touch(created.token.id).has_value());
    const Token touched = *store_->tokens().find_by_token(created.secret).value();
    EXPECT_EQ(touched.last_seen_at, "2026-05-10T12:00:00.000Z");
    clock_.advance(59'999ms);
    EXPECT_FALSE(store_->tokens().needs_touch(touched));
    clock_.advance(1ms);
    EXPECT_TRUE(store_->tokens().needs_touch(touched));
    clock_.advance(-3h);
    EXPECT_TRUE(store_->tokens().needs_touch(touched));
}

TEST_F(Stores, AnInviteIsRedeemedOnce) {
    const InviteStore::Created created = store_->invites().create("phone", 1h).value();

    EXPECT_TRUE(created.secret.starts_with("pinv_"));
    EXPECT_EQ(store_->invites().find_open(created.secret).value()->device_hint, "phone");
    const auto redeemed = store_->invites().redeem(created.secret, "my phone").value();
    ASSERT_TRUE(redeemed.has_value());
    EXPECT_EQ(store_->tokens().find_by_token(redeemed->secret).value()->name, "my phone");

    EXPECT_FALSE(store_->invites().redeem(created.secret, "again").value().has_value());
    EXPECT_FALSE(store_->invites().find_open(created.secret).value().has_value());
    EXPECT_EQ(store_->tokens().list().value().size(), 1U);
    EXPECT_EQ(store_->invites().state_of(store_->invites().list().value()[0]), InviteState::used);
}

TEST_F(Stores, AnInviteThatExpiredOrWasRevokedOrNeverExistedIsNothing) {
    const InviteStore::Created expiring = store_->invites().create("", 1h).value();
    const InviteStore::Created revoked = store_->invites().create("", 9h).value();
    EXPECT_TRUE(store_->invites().revoke(revoked.invite.id).value());
    EXPECT_FALSE(store_->invites().revoke(revoked.invite.id).value());
    clock_.advance(1h);

    for (const std::string& secret : {expiring.secret, revoked.secret, std::string("pinv_bogus")}) {
        EXPECT_FALSE(store_->invites().find_open(secret).value().has_value()) << secret;
        EXPECT_FALSE(store_->invites().redeem(secret, "x").value().has_value()) << secret;
    }
    EXPECT_FALSE(store_->invites().revoke(expiring.invite.id).value());
    EXPECT_TRUE(store_->tokens().list().value().empty());
}

TEST_F(Stores, TheProfileIsOneRow) {
    EXPECT_FALSE(store_->identity().profile().value().has_value());
    EXPECT_EQ(store_->identity().set_name("A").error().code, ErrorCode::not_found);

    ASSERT_TRUE(store_->identity().set_url("https://a.example").has_value());
    ASSERT_TRUE(store_->identity().set_name("A").has_value());
    ASSERT_TRUE(store_->identity().set_about("b").has_value());
    ASSERT_TRUE(store_->identity().set_url("https://a2.example").has_value());

    const Profile profile = *store_->identity().profile().value();
    EXPECT_EQ(profile.url, "https://a2.example");
    EXPECT_EQ(profile.name, "A");
    EXPECT_EQ(profile.about, "b");
}

TEST_F(Stores, OpeningDoesNotMakeAFileThatIsNotThere) {
    testing::TempFolder folder;

    const auto opened = Store::open(folder / "inbox.db", clock_, log_);

    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::not_found);
}

TEST_F(Stores, ANewFileIsForItsOwnerAlone) {
    testing::TempFolder folder;
    ASSERT_TRUE(Store::create(folder / "inbox.db", clock_, log_).has_value());

    struct stat status {};
    ASSERT_EQ(::stat((folder / "inbox.db").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(Stores, AFileThatIsNoDatabaseOrALinkIsInvalid) {
    testing::TempFolder folder;
    std::ofstream(folder / "inbox.db") << std::string(5000, 'x');
    ASSERT_EQ(::symlink((folder / "inbox.db").c_str(), (folder / "link.db").c_str()), 0);

    EXPECT_EQ(Store::open(folder / "inbox.db", clock_, log_).error().code, ErrorCode::invalid);
    EXPECT_EQ(Store::open(folder / "link.db", clock_, log_).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace posta::store
