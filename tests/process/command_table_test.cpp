// Every command in every state of a tenant, through the real control socket, with children that
// only act (tests/support/stage.cpp): what is answered, and what it comes to.

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "common/json/parse.h"
#include "tests/process/supervision.h"

namespace posta::test {
namespace {

struct Command {
    std::string_view words;  // before the slug
    std::string_view flag;   // behind it
};
constexpr std::array<Command, 5> kCommands{
    {{"start ", ""}, {"stop ", ""}, {"stop ", " --now"}, {"restart ", ""}, {"restart ", " --now"}}};

// How a tenant is brought into a state, and whether what `start` asks for can come true there.
struct Situation {
    const char* name;
    const char* part;         // of its first worker
    const char* then;         // of the next one, from the command `before` on; empty: the same
    const char* before;       // a command that is under way meanwhile; empty: none
    const char* state;        // that `status` shows then
    bool start_works = true;  // false: the process that is there is waited for, and fails
};

// By default a TERM ends the stage's worker at once; a stubborn one is killed after a second.
constexpr std::array<Situation, 7> kSituations{
    {{"stopped", "serve", "", "stop ", "stopped"},
     {"starting", "serve", "never-ready", "restart ", "starting", false},
     {"ready", "serve", "", "", "ready"},
     {"stopping", "stubborn", "", "stop ", "draining"},
     {"restarting", "stubborn", "", "restart ", "draining"},
     {"backoff", "exit 3", "", "", "backoff"},
     {"failed", "fail no key", "", "", "failed"}}};

class CommandTable : public Supervision {
protected:
    std::string ask(std::string_view request) const { return server.ask(request); }
    std::string state_of(const std::string& slug) const {
        const std::string text = ask("status " + slug);
        const auto answer = json::parse(text);
        const json::Value* const result = answer ? answer->find("result") : nullptr;
        if (result == nullptr) return text;
        return std::string(
            result->find("processes")->elements()[0].find("state")->string().value_or("?"));
    }
    static bool is_yes(const std::string& answer) {
        return answer.find("\"ok\":true") != std::string::npos;
    }
    static std::string slug_for(const Situation& situation, std::size_t command) {
        return std::string(situation.name) + "-" + std::to_string(command);
    }

    void try_pair(const Situation& situation, std::size_t number) {
        const Command& command = kCommands[number];
        const std::string slug = slug_for(situation, number);
        const std::string request = std::string(command.words) + slug + std::string(command.flag);
        if (*situation.then != '\0') give_part(slug, situation.then);
        std::thread before;
        if (*situation.before != '\0')
            before = std::thread([&] {
                // Also one that the next command overtakes.
                EXPECT_FALSE(ask(situation.before + slug).starts_with("no answer")) << slug;
            });
        EXPECT_TRUE(eventually([&] { return state_of(slug) == situation.state; }))
            << request << " in " << situation.name << ": " << state_of(slug);
        const pid_t old = server.pid_of(slug);
        // Not where the process that is there must fail: it may not have read its part yet.
        const bool works = situation.start_works || number != 0;
        if (works) give_part(slug, "serve");

        const std::string answer = ask(request);

        const bool stops = command.words == "stop ";
        const std::string where = request + " in " + situation.name + ": " + answer;
        EXPECT_EQ(is_yes(answer), works) << where;
        if (works) {
            EXPECT_EQ(state_of(slug), stops ? "stopped" : "ready") << where;
        }
        if (command.words == "restart ") {
            EXPECT_NE(server.pid_of(slug), old) << where;
        }
        if (number == 0 && std::string_view(situation.name) == "ready") {
            EXPECT_EQ(server.pid_of(slug), old) << where;
        }
        if (before.joinable()) before.join();
    }
};

TEST_F(CommandTable, AnswersEachPairOfStateAndCommand) {
    for (const Situation& situation : kSituations)
        for (std::size_t number = 0; number < kCommands.size(); ++number) {
            server.add_identity(slug_for(situation, number));
            give_part(slug_for(situation, number), situation.part);
        }
    server.write_manifest();
    server.add_words({"--starting-ms", "6000", "--drain-ms", "1000"});
    server.launch();
    ASSERT_TRUE(eventually([&] { return is_yes(ask("version")); }));

    // A situation at a time, its commands at once: they are tenants of their own.
    for (const Situation& situation : kSituations) {
        std::vector<std::thread> all;
        for (std::size_t number = 0; number < kCommands.size(); ++number)
            all.emplace_back([&, number] { try_pair(situation, number); });
        for (std::thread& thread : all) thread.join();
    }
    EXPECT_EQ(server.stop(), 0);
}

}  // namespace
}  // namespace posta::test
