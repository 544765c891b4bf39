#include "supervisor/upgrade/handover.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace posta::supervisor {
namespace {

HandedKeeper keeper_with(int pid, int channel) {
    HandedKeeper keeper;
    keeper.was = HandedKeeper::Was::ready;
    keeper.serving = true;
    keeper.current = HandedChild{pid, channel, std::string("po\0\xff", 4)};
    keeper.leaving = {{pid + 1, channel + 1, ""}};
    keeper.started_ms = 1'700'000'000'000;
    keeper.ready_after_ms = 12;
    keeper.restarts = 3;
    keeper.reason = "as it was";
    keeper.report = R"({"requests":1})";
    keeper.last_exit = Exit{0, 9};
    keeper.last_exit_text = "killed by SIGKILL";
    return keeper;
}

Handover example() {
    Handover handover;
    handover.version = "v1";
    handover.program = "/usr/local/bin/posta-server";
    handover.lock = 3;
    handover.control = 4;
    handover.image = 5;
    handover.listeners = {{"127.0.0.1:80", 6}};
    handover.admin_listeners = {{"127.0.0.1:81", 7}};
    handover.fronts = {keeper_with(100, 10)};
    HandedTenant tenant;
    tenant.slug = "arne";
    tenant.settings = R"({"slug":"arne"})";
    tenant.stopped = true;
    tenant.started_with_settings = false;
    tenant.socket = 8;
    tenant.keeper = keeper_with(200, 20);
    tenant.keeper.migrating = true;
    handover.tenants = {tenant};
    handover.outputs = {{"arne", 12}};
    handover.lines = {{"arne", {R"({"event":"one"})", R"({"event":"two"})"}}};
    handover.asker = HandedAsker{9, 42, 1000};
    return handover;
}

TEST(Handover, ComesBackAsItWas) {
    const std::string text = to_json(example());

    const auto handover = handover_from(text);

    ASSERT_TRUE(handover) << handover.error().message;
    EXPECT_EQ(to_json(*handover), text);
    EXPECT_EQ(handover->tenants[0].keeper.current->unread, std::string("po\0\xff", 4));
    EXPECT_EQ(handover->tenants[0].keeper.leaving[0].pid, 201);
    EXPECT_TRUE(handover->tenants[0].stopped);
    EXPECT_TRUE(handover->tenants[0].keeper.migrating);
    EXPECT_FALSE(handover->fronts[0].migrating);
    EXPECT_EQ(handover->tenants[0].keeper.last_exit->signal, 9);
    EXPECT_EQ(handover->lines[0].lines[1], R"({"event":"two"})");
    EXPECT_EQ(handover->asker->uid, 1000);
}

// One that dies just now has closed its channel, and its end is not known yet.
TEST(Handover, PassesOnAProcessThatHasClosedItsChannel) {
    Handover dying = example();
    dying.tenants[0].keeper.current->channel = -1;

    const auto handover = handover_from(to_json(dying));

    ASSERT_TRUE(handover) << handover.error().message;
    EXPECT_EQ(handover->tenants[0].keeper.current->channel, -1);
    EXPECT_EQ(handover->tenants[0].keeper.current->pid, 200);
}

TEST(Handover, NamesEveryDescriptorThatMustStayOpen) {
    std::vector<int> all = descriptors_of(example());
    std::sort(all.begin(), all.end());

    EXPECT_EQ(all, (std::vector<int>{3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20, 21}));
}

TEST(Handover, TakesMembersThatItDoesNotKnow) {
    std::string text = to_json(example());
    text.insert(1, R"("of_the_future":[1,2],)");

    EXPECT_TRUE(handover_from(text));
}

TEST(Handover, RefusesWhatItCannotGoOnWith) {
    const std::string good = to_json(example());
    const auto with = [&](const std::string& what, const std::string& instead) {
        std::string text = good;
        return text.replace(text.find(what), what.size(), instead);
    };

    for (const std::string& text :
         {std::string(), std::string("nonsense"), std::string("{}"),
          with(R"("format":1)", R"("format":2)"), with(R"("was":"ready")", R"("was":"asleep")"),
          with(R"("was":"ready")", R"("was":"down")"), with(R"("pid":100)", R"("pid":-1)")})
        EXPECT_FALSE(handover_from(text)) << text;
}

}  // namespace
}  // namespace posta::supervisor
