// A reload is a transaction: what does not work is put back. The real supervisor with children that
// only act (tests/support/stage.cpp); an alias "PART.part" gives a worker its part.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <future>
#include <memory>

#include "common/json/parse.h"
#include "tests/support/server_process.h"
#include "tests/support/test_paths.h"

namespace posta::test {
namespace {

using std::chrono_literals::operator""s;

class Reload : public testing::Test {
protected:
    ServerProcess server_{POSTA_STAGE};

    void SetUp() override {
        server_.add_identity("arne");
        server_.add_identity("marcus");
        server_.write_manifest();
        server_.start();
        marcus_ = server_.pid_of("marcus");
    }
    void TearDown() override { EXPECT_EQ(server_.pid_of("marcus"), marcus_) << "was restarted"; }

    std::string ask(std::string_view request) const { return server_.ask(request); }
    void give_settings(const std::string& toml) {
        server_.remove_identity("arne");
        server_.add_identity("arne", toml);
        server_.write_manifest();
    }
    // A member of arne's entry in `status`.
    std::string status(std::string_view member) {
        const std::string text = ask("status arne");
        const auto answer = json::parse(text);
        if (!answer || answer->find("result") == nullptr) return text;
        const json::Value& process = answer->find("result")->find("processes")->elements()[0];
        return std::string(process.find(member)->string().value_or("?"));
    }
    // The list of that name in the answer, as JSON.
    static std::string list(const std::string& text, std::string_view name) {
        const auto answer = json::parse(text);
        const json::Value* const result = answer ? answer->find("result") : nullptr;
        const json::Value* const found = result == nullptr ? nullptr : result->find(name);
        return found == nullptr ? text : std::string(found->raw());
    }

    pid_t marcus_ = 0;
};

TEST_F(Reload, AcceptsSettingsThatWork) {
    give_settings("aliases = [\"serve.part\"]");

    const std::string answer = ask("reload --wait");

    EXPECT_EQ(list(answer, "changed"), R"(["arne"])");
    EXPECT_EQ(list(answer, "put_back"), "[]");
    EXPECT_EQ(list(answer, "not_ready"), "[]");
    EXPECT_EQ(status("settings"), "current");
}

class ReloadPutsBack : public Reload, public testing::WithParamInterface<const char*> {
protected:
    ReloadPutsBack() { server_.add_words({"--trial-ms", "3000"}); }  // for "never-ready"
};

TEST_P(ReloadPutsBack, WhatDoesNotBecomeReady) {
    give_settings(std::string("aliases = [\"") + GetParam() + ".part\"]");

    const std::string answer = ask("reload --wait");

    EXPECT_EQ(list(answer, "put_back"), R"(["arne"])");
    EXPECT_EQ(list(answer, "not_ready"), "[]");
    EXPECT_EQ(status("state"), "ready");
    EXPECT_EQ(status("settings"), "put_back");
    EXPECT_NE(status("reason").find("put back to its old settings"), std::string::npos);
    EXPECT_TRUE(server_.logs("settings put back"));
}

INSTANTIATE_TEST_SUITE_P(All, ReloadPutsBack,
                         testing::Values("fail", "never-ready", "gibberish", "exit-3"));

TEST_F(Reload, TriesSettingsThatWerePutBackAgainWithTheNextReload) {
    give_settings("aliases = [\"fail.part\"]");
    ASSERT_EQ(list(ask("reload --wait"), "put_back"), R"(["arne"])");

    EXPECT_EQ(list(ask("plan"), "changed"), R"(["arne"])");
    EXPECT_EQ(list(ask("reload --wait"), "put_back"), R"(["arne"])");
    EXPECT_EQ(status("state"), "ready");
}

TEST_F(Reload, RestartsNobodyWhenTheManifestGoesBackToo) {
    give_settings("aliases = [\"fail.part\"]");
    ASSERT_EQ(list(ask("reload --wait"), "put_back"), R"(["arne"])");
    const pid_t arne = server_.pid_of("arne");

    give_settings("");

    EXPECT_EQ(list(ask("reload --wait"), "untouched"), R"(["marcus","arne"])");
    EXPECT_EQ(server_.pid_of("arne"), arne);
    EXPECT_EQ(status("settings"), "current");
}

TEST_F(Reload, LeavesATenantStoppedThatAnOperatorStopsMeanwhile) {
    give_settings("aliases = [\"never-ready.part\"]");
    ASSERT_EQ(list(ask("reload"), "changed"), R"(["arne"])");
    ASSERT_EQ(status("settings"), "on_trial");

    ask("stop arne --now");

    EXPECT_EQ(status("state"), "stopped");
    EXPECT_EQ(status("settings"), "current");
}

TEST_F(Reload, HasNothingToPutBackForATenantThatWasNotReady) {
    ask("stop arne");
    ask("start arne");
    give_settings("aliases = [\"fail.part\"]");
    ask("reload --wait");
    ASSERT_EQ(status("settings"), "put_back");
    write_text(server_.data_dir_of("arne") + "/part", "fail");
    ask("restart arne");
    ASSERT_EQ(status("state"), "failed");

    const std::string answer = ask("reload --wait");

    EXPECT_EQ(list(answer, "put_back"), "[]");
    EXPECT_EQ(list(answer, "not_ready"), R"(["arne"])");
    EXPECT_EQ(status("state"), "failed");
}

class ReloadAndMigration : public Reload {
protected:
    ReloadAndMigration() { server_.add_words({"--trial-ms", "500"}); }
};

// The 60 pings that it takes are six such times, by the same clock.
TEST_F(ReloadAndMigration, GivesAMigrationMoreThanTheTimeOfATrial) {
    give_settings("aliases = [\"migrating.part\"]");

    EXPECT_EQ(list(ask("reload --wait"), "changed"), R"(["arne"])");

    EXPECT_EQ(status("state"), "ready");
    EXPECT_EQ(status("settings"), "current");
    EXPECT_TRUE(server_.logs("migrates its database"));
    EXPECT_EQ(server_.log().find("put back"), std::string::npos);
}

// One that never becomes ready has a minute and more to do so, and nothing to go back to.
TEST_F(Reload, LetsAWorkerThatIsStartingDoSoAndNewerSettingsWaitForThat) {
    ask("stop arne");
    give_settings("aliases = [\"never-ready.part\"]");
    ask("reload");
    const std::future<std::string> begun =
        std::async(std::launch::async, [this] { return ask("start arne"); });
    ASSERT_TRUE(eventually([this] { return status("state") == "starting"; }));
    const pid_t first = server_.pid_of("arne");

    give_settings("aliases = [\"fail.part\"]");
    ASSERT_EQ(list(ask("reload"), "waiting"), R"(["arne"])");
    give_settings("aliases = [\"serve.part\"]");
    EXPECT_EQ(list(ask("reload"), "waiting"), R"(["arne"])");
    EXPECT_EQ(server_.pid_of("arne"), first) << "was replaced";
    EXPECT_EQ(status("settings"), "newer_wait");
    EXPECT_EQ(status("reason"), "newer settings wait until this start is over");
    EXPECT_NE(ask("wait arne ready 0").find("newer settings wait"), std::string::npos);

    send_signal(first, SIGKILL);
    EXPECT_NE(ask("wait arne ready 60").find("\"ok\":true"), std::string::npos);

    EXPECT_EQ(status("settings"), "current");
    EXPECT_EQ(server_.log().find("bad settings"), std::string::npos) << "were never tried";
}

class ReloadAndStubborn : public Reload {
protected:
    ReloadAndStubborn() { server_.add_words({"--trial-ms", "3000", "--drain-ms", "6000"}); }
};

// The old one takes twice as long to leave as the new one has to become ready.
TEST_F(ReloadAndStubborn, GivesNewSettingsTheirTimeFromTheStartOfTheirWorker) {
    give_settings("aliases = [\"stubborn.part\"]");
    ASSERT_EQ(list(ask("reload --wait"), "not_ready"), "[]");

    give_settings("aliases = [\"serve.part\"]");
    const std::string answer = ask("reload --wait");

    EXPECT_EQ(list(answer, "put_back"), "[]");
    EXPECT_EQ(status("settings"), "current");
    EXPECT_EQ(server_.log().find("put back"), std::string::npos);
}

class ReloadAndPause : public Reload {
protected:
    ReloadAndPause() { server_.add_words({"--trial-ms", "3000", "--starting-ms", "3000"}); }
};

// As a machine that was paused: the new worker has said that it is ready, and nobody has heard it.
TEST_F(ReloadAndPause, IsNotTakenForSettingsThatDoNotWork) {
    give_settings("aliases = [\"serve.part\"]");
    const pid_t arne = server_.pid_of("arne");
    ASSERT_EQ(list(ask("reload"), "changed"), R"(["arne"])");
    ASSERT_TRUE(eventually([&] {
        const pid_t now = server_.pid_of("arne");
        return now != 0 && now != arne;
    }));
    server_.signal(SIGSTOP);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() - start > 4s; }));
    server_.signal(SIGCONT);

    EXPECT_NE(ask("wait arne ready 20").find("\"ok\":true"), std::string::npos);
    EXPECT_EQ(status("settings"), "current");
    EXPECT_EQ(server_.log().find("put back"), std::string::npos);
}

}  // namespace
}  // namespace posta::test
