// The supervisor is killed at each step of what it does: nothing is left behind, and the next one
// serves as if nothing had been.
//
// A step is a system call that leaves something behind (tests/support/call_tracer.h). A few of them
// are tried, spread over the whole; POSTA_KILLS says how many of each operation, 0 for every one,
// and POSTA_SEED where among them to begin.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>

#include "tests/support/call_tracer.h"
#include "tests/support/http_client.h"
#include "tests/support/live_server.h"
#include "tests/support/test_paths.h"
#include "tests/support/versions.h"

namespace posta::test {
namespace {

const std::vector<std::string> kSlugs{"arne", "marcus"};

unsigned long from_environment(const char* name, unsigned long otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

// `count` steps of `all`, each from a part of its own; every one when that is zero.
std::vector<int> steps_to_try(int all, int count) {
    std::vector<int> steps;
    if (count == 0 || count >= all) {
        for (int step = 1; step <= all; ++step) steps.push_back(step);
        return steps;
    }
    std::mt19937 random(static_cast<unsigned>(from_environment("POSTA_SEED", 1)));
    for (int part = 0; part < count; ++part) {
        const int first = all * part / count + 1;
        const int last = all * (part + 1) / count;
        steps.push_back(std::uniform_int_distribution<int>(first, last)(random));
    }
    return steps;
}

struct Operation {
    const char* name;
    int kills;  // unless the environment says
    // Begins it; the server runs already, unless it is the start.
    void (*begin)(LiveServer& live, int round);
    // What the log says once more when it is over; the end of the process when empty.
    const char* over;
};

void PrintTo(const Operation& operation, std::ostream* out) { *out << operation.name; }

void reload(LiveServer& live, int round) {
    static const std::string kMark = "aliases = ";
    std::string manifest = read_text(live.server.manifest_path());
    if (const std::size_t at = manifest.find(kMark); at != std::string::npos)
        manifest.erase(at, manifest.find('\n', at) + 1 - at);
    write_text(live.server.manifest_path(), manifest);
    live.add_to_entry("arne", kMark + "[\"a" + std::to_string(round) + ".test\"]");
    live.server.signal(SIGHUP);
}

class KilledSupervisor : public testing::TestWithParam<Operation> {
protected:
    Versions versions{POSTA_SERVER};
    LiveServer live{kSlugs, "rate_per_minute_address = 0\n", {}, versions.current()};
    std::vector<std::string> tokens;
    int writes = 0;

    void SetUp() override {
        for (const std::string& slug : kSlugs) {
            const std::string text =
                live.run("token create --slug " + slug + " --name phone --no-qr").output;
            const std::size_t at = text.find("mst_");
            ASSERT_NE(at, std::string::npos) << text;
            tokens.push_back(text.substr(at, text.find('\n', at) - at));
        }
    }
    Answer ask(std::size_t tenant, const std::string& method, const std::string& body) {
        const std::string length =
            body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
        return HttpClient(live.server.port())
            .ask(method + " /api/v1/contacts HTTP/1.1\r\nHost: " + kSlugs[tenant] +
                 ".test\r\nAuthorization: Bearer " + tokens[tenant] + "\r\n" + length + "\r\n" +
                 body);
    }
    static std::string contact(int number) { return "peer" + std::to_string(number) + ".example"; }
    void write() {
        ++writes;
        for (std::size_t tenant = 0; tenant < kSlugs.size(); ++tenant)
            ASSERT_EQ(ask(tenant, "POST", "{\"url\":\"" + contact(writes) + "\"}").status, 201);
    }
    void expect_all_writes() {
        for (std::size_t tenant = 0; tenant < kSlugs.size(); ++tenant) {
            const Answer answer = ask(tenant, "GET", "");
            ASSERT_EQ(answer.status, 200) << answer.body;
            for (int number = 1; number <= writes; ++number)
                ASSERT_NE(answer.body.find('"' + contact(number) + '"'), std::string::npos);
        }
    }
    int times_over() const {
        const std::string log = live.server.log();
        int found = 0;
        for (std::size_t at = log.find(GetParam().over); at != std::string::npos;
             at = log.find(GetParam().over, at + 1))
            ++found;
        return found;
    }
    bool starts() const { return std::string_view(GetParam().name) == "start"; }
    // Begins the operation and lets it come to that step; the server is stopped there. Empty when
    // this system lets nobody trace.
    std::optional<CallTracer::End> come_to(int step, int round, std::vector<pid_t>& family) {
        if (starts()) live.server.launch();
        const int over = times_over();
        auto tracer = CallTracer::seize(live.server.pid());
        if (!tracer) return std::nullopt;
        if (!starts()) GetParam().begin(live, round);
        const bool by_log = *GetParam().over != '\0';
        const CallTracer::End end =
            tracer->run_to(step, [&] { return by_log && times_over() > over; });
        family = live.server.family();
        if (!end.gone) live.server.signal(SIGKILL);
        return end;
    }
    // Dead, with all that it has started, and its port is free.
    void expect_nothing_left(const std::vector<pid_t>& family, int port) {
        live.server.wait_for_exit();
        for (const pid_t pid : family)
            ASSERT_TRUE(eventually([&] { return !lives(pid); })) << "an orphan: " << pid;
        ASSERT_TRUE(eventually([&] { return !connect_loopback(port); })) << "is served still";
    }
};

TEST_P(KilledSupervisor, LeavesNothingBehindWhateverStepItWasAt) {
    std::vector<pid_t> family;
    constexpr int kEndless = 1'000'000;
    if (starts()) live.server.stop();
    const auto whole = come_to(kEndless, 0, family);
    if (!whole) GTEST_SKIP() << "this system lets nobody trace";
    RecordProperty("steps", whole->steps);
    const auto kills =
        from_environment("POSTA_KILLS", static_cast<unsigned long>(GetParam().kills));

    ASSERT_NO_FATAL_FAILURE(expect_nothing_left(family, live.server.port()));
    ASSERT_NO_FATAL_FAILURE(live.server.start());
    int round = 0;
    for (const int step : steps_to_try(whole->steps, static_cast<int>(kills))) {
        ASSERT_NO_FATAL_FAILURE(write());
        const int port = live.server.port();
        if (starts()) live.server.stop();

        const CallTracer::End end = *come_to(step, ++round, family);

        SCOPED_TRACE("step " + std::to_string(step) + " of " + std::to_string(whole->steps) +
                     ", killed at " + end.call);
        ASSERT_NO_FATAL_FAILURE(expect_nothing_left(family, port));
        ASSERT_NO_FATAL_FAILURE(live.server.start());
        ASSERT_NO_FATAL_FAILURE(expect_all_writes());
        EXPECT_EQ(live.server.children("worker").size(), kSlugs.size());
    }

    EXPECT_EQ(live.server.stop(), 0);
    EXPECT_TRUE(std::filesystem::is_empty(live.server.run_dir()));
}

INSTANTIATE_TEST_SUITE_P(
    At, KilledSupervisor,
    testing::Values(
        Operation{"start", 4, nullptr, "all is ready"},
        Operation{"reload", 4, reload, "ready process=arne"},
        Operation{"upgrade", 12, [](LiveServer& live, int) { live.server.signal(SIGUSR2); },
                  "upgraded from="},
        Operation{"stop", 4, [](LiveServer& live, int) { live.server.signal(SIGTERM); }, ""}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace posta::test
