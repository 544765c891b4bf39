#include "supervisor/control/ctl.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "common/base/text_table.h"
#include "common/command.h"
#include "common/contracts/control.h"
#include "common/contracts/fields.h"
#include "common/manifest/read.h"
#include "common/options.h"
#include "supervisor/control/ctl_tables.h"
#include "supervisor/control/top.h"

namespace posta::supervisor {

using std::chrono_literals::operator""s;

namespace {

constexpr auto kPatience = 130s;  // longer than the server's own for a restart
constexpr auto kUpgradePatience = 640s;

// The manifest's, unless it is given. A manifest that cannot be read is no reason to be unable to
// talk to the server that runs.
std::string run_dir_for(const Options& options) {
    if (options.has("run-dir")) return options.get("run-dir");
    const auto manifest = manifest::read(options.manifest_path());
    return manifest ? manifest->server.run_dir : manifest::Server{}.run_dir;
}

bool is_wait(const std::vector<std::string>& words) {
    return words.size() == 4 && words[0] == "wait";
}

// SECONDS of `wait SLUG ready SECONDS`; what is no number is the server's to refuse.
std::chrono::seconds seconds_to_wait(const std::vector<std::string>& words) {
    long seconds = 0;
    std::from_chars(words[3].data(), words[3].data() + words[3].size(), seconds);
    return std::clamp(seconds, 0L, 86'400L) * 1s;
}

bool is_absent(const Error& error) {
    return error.code == ErrorCode::not_found || error.code == ErrorCode::unavailable;
}

// A script says `serve &` and then `ctl wait`: the server may not have made its socket yet, and
// that is part of what is waited for. Nothing tells when a path appears that costs less than to
// look.
Result<std::string> ask(const std::string& run_dir, const std::string& line,
                        const std::vector<std::string>& words) {
    if (!is_wait(words))
        return contracts::ask_supervisor(run_dir, line,
                                         words[0] == "upgrade" ? kUpgradePatience : kPatience);
    const auto patience = seconds_to_wait(words);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        Result<std::string> answer = contracts::ask_supervisor(run_dir, line, patience + 10s);
        if (answer || !is_absent(answer.error()) || std::chrono::steady_clock::now() >= deadline)
            return answer;
        constexpr int kBetweenLooksMs = 50;
        ::poll(nullptr, 0, kBetweenLooksMs);
    }
}

int no_answer(const std::string& run_dir, const Error& error) {
    if (!is_absent(error)) return fail(kExitFailed, "ctl: " + error.message);
    return fail(kExitNotRunning, "ctl: no server runs in " + run_dir + ": " + error.message +
                                     " (start it, or give its --run-dir)");
}

struct Shown {
    int exit_code = kExitDone;
    bool refused = false;
};

// With what to do, where the server's sentence does not say it.
std::string with_advice(std::string message, std::string_view code) {
    if (message.ends_with(')')) return message;
    if (code == name_of(ErrorCode::not_found)) message += " (posta-server ctl status shows all)";
    if (code == name_of(ErrorCode::unavailable))
        message += " (posta-server ctl logs and ctl status tell more)";
    return message;
}

Shown show_refusal(const std::string& command, const json::Value& answer, bool as_json) {
    const json::Value* error = answer.find("error");
    if (error == nullptr)
        return {fail(kExitFailed, "ctl: the server's answer makes no sense"), true};
    const auto given = contracts::string_field(*error, "code");
    const std::string code = given ? *given : "internal";
    const auto message = contracts::string_field(*error, "message");
    if (!as_json)
        fail(kExitFailed, "ctl " + command + ": " + with_advice(message ? *message : code, code));
    const bool about_manifest = command == "reload" || command == "plan";
    if (code != name_of(ErrorCode::invalid)) return {kExitFailed, true};
    return {about_manifest ? kExitInvalid : kExitUsage, true};
}

Shown show(const std::string& command, std::string_view answer, bool as_json, bool is_stream) {
    const Result<json::Value> parsed = contracts::object_from(answer, "the server's answer");
    if (!parsed) return {fail(parsed.error()), true};
    if (as_json) std::printf("%.*s\n", static_cast<int>(answer.size()), answer.data());
    const Result<bool> ok = contracts::boolean_field(*parsed, "ok");
    if (!ok || !*ok) return show_refusal(command, *parsed, as_json);
    const json::Value* result = parsed->find("result");
    if (is_stream && result != nullptr && result->find("following") != nullptr) return {};
    if (!as_json && result != nullptr)
        std::fputs((is_stream ? log_line_for_people(*result) : answer_for_people(command, *result))
                       .c_str(),
                   stdout);
    return {};
}

int follow(const std::string& run_dir, const std::string& line, const std::string& command,
           bool as_json) {
    Shown last;
    bool goes_on = true;
    const Result<void> followed =
        contracts::follow_supervisor(run_dir, line, [&](std::string_view answer) {
            last = show(command, answer, as_json, true);
            goes_on = std::fflush(stdout) == 0 && !last.refused;
            return goes_on;
        });
    if (!followed) return no_answer(run_dir, followed.error());
    if (goes_on)
        std::fprintf(
            stderr,
            "posta-server: ctl %s: the server has ended it, because it stops or is upgraded "
            "(begin again for what follows)\n",
            command.c_str());
    return last.exit_code;
}

}  // namespace

int ctl(const std::vector<std::string>& words) {
    Options options(
        "ctl", "COMMAND [WORD ...] [--now] [--wait] [-f] [-n N] [--once] [--sort KEY] [--json]",
        "Talks to the running server; `ctl help` lists its commands.");
    options.manifest_options()
        .word("command", "status, restart, stop, start, reload, plan, wait, logs, ...", true)
        .word("first", "usually a slug", false)
        .word("second", "as the command wants it", false)
        .word("third", "as the command wants it", false)
        .flag("now", "restart and stop: without grace")
        .flag("wait", "reload: answer when it is known whether the new settings work")
        .flag("f,follow", "logs: also the lines that follow")
        .value("n,lines", "N", "logs: at most so many recent lines")
        .flag("once", "top: one table, no live view")
        .value("sort", "KEY", "top: by requests, latency, memory, restarts or name")
        .flag("json", "print the server's answer as it is");
    if (const auto code = options.parse(words)) return *code;

    std::vector<std::string> asked{options.get("command")};
    for (const char* name : {"first", "second", "third"})
        if (options.has(name)) asked.push_back(options.get(name));
    std::string line = asked[0];
    for (std::size_t at = 1; at < asked.size(); ++at) line += " " + asked[at];
    if (options.has("now")) line += " --now";
    if (options.has("wait")) line += " --wait";

    if (options.has("follow")) line += " -f";
    if (options.has("lines")) line += " -n " + options.get("lines");

    const std::string run_dir = run_dir_for(options);
    const bool as_json = options.has("json");
    if (asked[0] == "top" && !as_json) {
        const auto key = top_key_from(options.get("sort", "requests"));
        if (!key)
            return options.misused("--sort is \"" + printable(options.get("sort")) +
                                   "\" (requests, latency, memory, restarts or name)");
        return run_top({run_dir, *key, options.has("once")});
    }
    if (asked[0] == "events" || options.has("follow"))
        return follow(run_dir, line, asked[0], as_json);
    const Result<std::string> answer = ask(run_dir, line, asked);
    if (!answer) return no_answer(run_dir, answer.error());
    return show(asked[0], *answer, as_json, false).exit_code;
}

}  // namespace posta::supervisor
