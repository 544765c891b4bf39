#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "common/manifest/read.h"
#include "tests/support/fake_clock.h"
#include "tests/support/legacy_fixture.h"
#include "worker/admin/identity_adopt_report.h"
#include "worker/admin/identity_adopt_source.h"
#include "worker/admin/identity_adopt_steps.h"
#include "worker/store/store.h"

namespace posta::worker {
namespace {

namespace fs = std::filesystem;
using Outcome = AdoptReport::Outcome;

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

// Names, bytes, modes and times of everything below: what "never changed" means.
std::map<std::string, std::string> picture_of(const std::string& folder) {
    std::map<std::string, std::string> picture;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        struct stat status {};
        CHECK(::lstat(entry.path().c_str(), &status) == 0);
        picture[entry.path()] =
            std::to_string(status.st_mode) + " " + std::to_string(status.st_mtim.tv_sec) + "." +
            std::to_string(status.st_mtim.tv_nsec) + " " + std::to_string(status.st_ino) + " " +
            (entry.is_regular_file() ? content_of(entry.path()) : "");
    }
    return picture;
}

class IdentityAdopt : public ::testing::Test {
protected:
    AdoptRequest request(const std::string& slug) {
        AdoptRequest request;
        request.slug = slug;
        request.url = "https://" + slug + ".posta.no";
        request.source = place_ + "/from-" + slug;
        if (!fs::exists(request.source)) testing::copy_legacy(slug, request.source);
        request.data_dir = place_ + "/data";
        request.manifest_path = place_ + "/identities.toml";
        request.uid_range = {700000, 799999};
        return request;
    }

    Result<AdoptReport> run(const AdoptRequest& request) {
        return adopt(request, clock_, [](std::string_view, int) {});
    }

    void change_source(const AdoptRequest& request, const std::string& sql) {
        Result<store::Database> database =
            store::Database::open(request.source + "/inbox.db", store::Database::Mode::existing);
        ASSERT_TRUE(database.has_value());
        const Result<void> changed = database->execute(sql);
        ASSERT_TRUE(changed.has_value()) << changed.error().message;
    }

    void expect_adopted(const AdoptRequest& request) {
        const std::string directory = request.data_dir + "/" + request.slug;
        EXPECT_EQ(content_of(directory + "/keys.json"), content_of(request.source + "/keys.json"));
        const auto manifest = manifest::read(request.manifest_path);
        ASSERT_TRUE(manifest.has_value());
        ASSERT_NE(manifest->find(request.slug), nullptr);
        EXPECT_EQ(manifest->find(request.slug)->url, request.url);
        EXPECT_FALSE(fs::exists(request.data_dir + "/.adopt-" + request.slug));
    }

    std::string place_ = testing::legacy_scratch("adopt");
    testing::FakeClock clock_;
    Log log_{clock_, "test", LogLevel::error, LogFormat::text};
};

TEST_F(IdentityAdopt, TakesOverTheThreeLegacyDirectoriesAndChangesNothingInThem) {
    const std::map<std::string, std::int64_t> messages{
        {"arne", 3000}, {"marcus", 200}, {"tarald", 3}};
    for (const auto& [slug, count] : messages) {
        const AdoptRequest wanted = request(slug);
        const auto before = picture_of(wanted.source);

        const Result<AdoptReport> report = run(wanted);

        ASSERT_TRUE(report.has_value()) << report.error().message;
        EXPECT_EQ(report->outcome, Outcome::adopted);
        EXPECT_EQ(picture_of(wanted.source), before);
        EXPECT_EQ(report->summary.messages_in + report->summary.messages_out, count);
        expect_adopted(wanted);
        const auto store =
            store::Store::open(wanted.data_dir + "/" + slug + "/inbox.db", clock_, log_);
        ASSERT_TRUE(store.has_value()) << store.error().message;
        for (const auto& [name, token] : testing::legacy_tokens(slug))
            EXPECT_EQ((*store)->tokens().find_by_token(token).value().has_value(),
                      name != "old-phone");
    }
    EXPECT_EQ(manifest::read(place_ + "/identities.toml")->identities.size(), 3U);
}

TEST_F(IdentityAdopt, ReportsWhatAnOperatorCompares) {
    const AdoptReport report = run(request("arne")).value();

    EXPECT_EQ(report.summary.messages_in, 1817);
    EXPECT_EQ(report.summary.contacts, 7);
    EXPECT_EQ(report.summary.tokens_active, 1);
    EXPECT_EQ(report.summary.tokens_revoked, 1);
    EXPECT_EQ(report.summary.outbox,
              (std::vector<std::pair<std::string, std::int64_t>>{{"delivered", 1067},
                                                                 {"failed-pending-user", 32},
                                                                 {"failed-permanent", 42},
                                                                 {"pending", 31},
                                                                 {"sending", 11}}));
    ASSERT_EQ(report.keys.size(), 2U);
    EXPECT_EQ(report.keys[1].id, "2026-05-b");
    EXPECT_TRUE(report.keys[1].signs);
    EXPECT_EQ(report.peer_changes.merged_contacts, 3);
    EXPECT_EQ(report.peer_changes.respelled_urls, 4);
    EXPECT_EQ(report.source_files.size(), 3U);
    EXPECT_EQ(report.database_sha256.size(), 64U);
    EXPECT_FALSE(report.search_index_rebuilt);
    const std::string text = describe(request("arne"), report, std::chrono::milliseconds(7));
    EXPECT_NE(text.find("1 active, 1 revoked"), std::string::npos);
    EXPECT_NE(text.find("messages 3000"), std::string::npos);
}

TEST_F(IdentityAdopt, ADirectoryAndItsFilesAreForTheOwnerAlone) {
    const AdoptReport report = run(request("marcus")).value();

    for (const auto& [name, mode] :
         std::map<std::string, mode_t>{{"", 0700}, {"/keys.json", 0600}, {"/inbox.db", 0600}}) {
        struct stat status {};
        ASSERT_EQ(::stat((report.directory + name).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777, mode) << name;
        EXPECT_EQ(status.st_uid, ::geteuid() == 0 ? 700001U : ::geteuid()) << name;
    }
}

TEST_F(IdentityAdopt, AnEmptyDirectoryThatWasPreparedKeepsItsOwner) {
    fs::create_directories(place_ + "/data/marcus");
    const uid_t owner = ::geteuid() == 0 ? 4711 : ::geteuid();
    ASSERT_EQ(::chown((place_ + "/data/marcus").c_str(), owner, ::getegid()), 0);

    const Result<AdoptReport> report = run(request("marcus"));

    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_EQ(report->owner.uid, owner);
}

TEST_F(IdentityAdopt, ADryRunChangesNothing) {
    const AdoptRequest wanted = [&] {
        AdoptRequest dry = request("arne");
        dry.dry_run = true;
        return dry;
    }();
    const auto before = picture_of(place_);

    const Result<AdoptReport> report = run(wanted);

    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_EQ(report->outcome, Outcome::would_be_adopted);
    EXPECT_EQ(report->peer_changes.merged_contacts, 3);
    EXPECT_EQ(picture_of(place_), before);
}

TEST_F(IdentityAdopt, ASecondRunVerifiesAndChangesNothing) {
    ASSERT_TRUE(run(request("arne")).has_value());
    ASSERT_TRUE(store::Store::open(place_ + "/data/arne/inbox.db", clock_, log_).has_value());
    const std::string manifest = content_of(place_ + "/identities.toml");

    const Result<AdoptReport> again = run(request("arne"));

    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_EQ(again->outcome, Outcome::already_adopted);
    EXPECT_FALSE(again->manifest_entry_written);
    EXPECT_EQ(content_of(place_ + "/identities.toml"), manifest);
    expect_adopted(request("arne"));
}

TEST_F(IdentityAdopt, ADirectoryWithOtherDataIsAConflict) {
    ASSERT_TRUE(run(request("marcus")).has_value());
    const AdoptRequest wanted = request("marcus");
    const std::string kept = content_of(wanted.data_dir + "/marcus/inbox.db");
    change_source(wanted, "UPDATE messages SET payload = '{}' WHERE id = 100");

    const Result<AdoptReport> refused = run(wanted);

    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
    EXPECT_NE(refused.error().message.find("message row 100"), std::string::npos)
        << refused.error().message;
    EXPECT_EQ(content_of(wanted.data_dir + "/marcus/inbox.db"), kept);
}

TEST_F(IdentityAdopt, AUrlOfAnotherIdentityIsRefusedNamingBoth) {
    AdoptRequest wanted = request("marcus");
    wanted.url = "https://other.example";

    const Result<AdoptReport> refused = run(wanted);

    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::invalid);
    EXPECT_NE(refused.error().message.find("belongs to https://marcus.posta.no, but --url is "
                                           "https://other.example"),
              std::string::npos)
        << refused.error().message;
    EXPECT_FALSE(fs::exists(wanted.data_dir + "/marcus"));
    EXPECT_FALSE(fs::exists(wanted.manifest_path));
}

TEST_F(IdentityAdopt, AllMissingColumnsAreNamed) {
    const AdoptRequest wanted = request("tarald");
    change_source(wanted,
                  "ALTER TABLE auth_tokens RENAME COLUMN token_hash TO hash;"
                  "ALTER TABLE contacts RENAME COLUMN pinned TO starred;");

    const Result<AdoptReport> refused = run(wanted);

    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message.find("needs auth_tokens.token_hash, contacts.pinned"),
              std::string::npos)
        << refused.error().message;
}

TEST_F(IdentityAdopt, ADamagedDatabaseOrKeysThatOthersCanReadAreRefused) {
    const AdoptRequest broken = request("marcus");
    {
        std::fstream file(broken.source + "/inbox.db", std::ios::in | std::ios::out);
        file.seekp(3 * 4096);
        file << std::string(8192, 'x');
    }
    const AdoptRequest readable = request("tarald");
    ASSERT_EQ(::chmod((readable.source + "/keys.json").c_str(), 0644), 0);

    EXPECT_FALSE(run(broken).has_value());
    EXPECT_EQ(run(readable).error().code, ErrorCode::denied);
    EXPECT_FALSE(fs::exists(place_ + "/identities.toml"));
}

TEST_F(IdentityAdopt, ADaemonThatStillHasTheDatabaseOpenIsNoticed) {
    const AdoptRequest wanted = request("marcus");
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t daemon = ::fork();
    if (daemon == 0) {
        const auto database =
            store::Database::open(wanted.source + "/inbox.db", store::Database::Mode::existing);
        const bool written = ::write(ready[1], database ? "y" : "n", 1) == 1;
        while (written) ::pause();
        ::_exit(1);
    }
    char answer = 0;
    ASSERT_EQ(::read(ready[0], &answer, 1), 1);
    ASSERT_EQ(answer, 'y');

    const Result<AdoptReport> refused = run(wanted);

    ::kill(daemon, SIGKILL);
    ASSERT_EQ(::waitpid(daemon, nullptr, 0), daemon);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
    EXPECT_NE(refused.error().message.find("is open in process"), std::string::npos)
        << refused.error().message;
    // What it left behind, a -wal among it, is taken over.
    EXPECT_TRUE(run(wanted).has_value());
}

TEST_F(IdentityAdopt, TheManifestsOtherEntriesAndCommentsStay) {
    std::ofstream(place_ + "/identities.toml")
        << "# mine\n[[identity]]\nslug = \"x\"\nurl = \"https://x.example\" # note\n";
    ASSERT_TRUE(run(request("tarald")).has_value());

    const std::string text = content_of(place_ + "/identities.toml");
    EXPECT_TRUE(text.starts_with(
        "# mine\n[[identity]]\nslug = \"x\"\nurl = \"https://x.example\" # note\n"));
    EXPECT_EQ(manifest::read(place_ + "/identities.toml")->identities.size(), 2U);
}

TEST_F(IdentityAdopt, ASlugOrHostThatIsTakenIsRefusedBeforeAnythingIsCopied) {
    for (const std::string entry : {"slug = \"tarald\"\nurl = \"https://x.example\"\n",
                                    "slug = \"x\"\nurl = \"https://tarald.posta.no\"\n"}) {
        std::ofstream(place_ + "/identities.toml") << "[[identity]]\n" << entry;

        EXPECT_FALSE(run(request("tarald")).has_value()) << entry;

        EXPECT_FALSE(fs::exists(place_ + "/data"));
    }
}

TEST_F(IdentityAdopt, PublicFilesComeAlong) {
    const AdoptRequest wanted = request("tarald");
    const std::string avatar = "avatar-" + std::string(64, 'a') + ".png";
    std::ofstream(wanted.source + "/" + avatar) << "picture";
    std::ofstream(wanted.source + "/notes.txt") << "private";

    ASSERT_TRUE(run(wanted).has_value());

    EXPECT_EQ(content_of(wanted.data_dir + "/tarald/" + avatar), "picture");
    EXPECT_FALSE(fs::exists(wanted.data_dir + "/tarald/notes.txt"));
}

TEST_F(IdentityAdopt, KilledAtAnyPointItCompletesTheNextTime) {
    const AdoptRequest wanted = request("arne");
    const auto before = picture_of(wanted.source);
    const auto started = std::chrono::steady_clock::now();
    ASSERT_TRUE(run(wanted).has_value());
    auto whole = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - started);
    std::mt19937 random(7);

    int killed_midway = 0;
    // On, when the first run was the longest by far: most are done before their moment then.
    for (int round = 0; round < 15 || (killed_midway < 4 && round < 200); ++round) {
        fs::remove_all(wanted.data_dir);
        fs::remove(wanted.manifest_path);
        const pid_t child = ::fork();
        if (child == 0) ::_exit(run(wanted) ? 0 : 1);
        std::uniform_int_distribution<int> moment(0, static_cast<int>(whole.count()));
        const int microseconds = moment(random);
        const timespec wait{microseconds / 1'000'000, microseconds % 1'000'000 * 1000L};
        ::nanosleep(&wait, nullptr);  // the moment of the kill is the case
        ::kill(child, SIGKILL);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        if (WIFSIGNALED(status)) {
            ++killed_midway;
        } else {
            whole = std::chrono::microseconds(microseconds);  // it takes no longer
        }

        const Result<AdoptReport> report = run(wanted);

        ASSERT_TRUE(report.has_value()) << report.error().message;
        expect_adopted(wanted);
        ASSERT_EQ(picture_of(wanted.source), before);
    }
    EXPECT_GT(killed_midway, 3);
}

TEST(PublicFileName, IsAHashWithAKindInFrontAndAnExtension) {
    const std::string hash(64, '0');
    EXPECT_TRUE(is_public_file_name("avatar-" + hash + ".png"));
    EXPECT_TRUE(is_public_file_name("upload-" + hash + ".jpg"));
    EXPECT_FALSE(is_public_file_name("avatar-" + hash));
    EXPECT_FALSE(is_public_file_name("avatar-" + hash + "."));
    EXPECT_FALSE(is_public_file_name("avatar-" + hash + ".p/g"));
    EXPECT_FALSE(is_public_file_name("avatar-" + hash.substr(1) + "G.png"));
    EXPECT_FALSE(is_public_file_name("keys.json"));
}

}  // namespace
}  // namespace posta::worker
