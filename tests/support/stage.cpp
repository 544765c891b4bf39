// A server whose front and workers only speak the channel: the supervisor is the real one, its
// children do what their data directory's file "part" says, and nothing else. For tests of
// supervision, of hostile children above all.
//
// An alias "PART.part" in the manifest's entry comes before the file: a part that hangs on the
// settings, as "never-ready.part" or "fail.part".
//
// Workers of a program whose file is named "broken" fail.
//
// Parts: "serve" (the default), "exit CODE", "fail TEXT" (code 78), "never-ready", "deaf" (ready,
// answers no ping), "soliloquy" (says pong unasked, and reads nothing), "stubborn" (ignores TERM),
// "long-line", "gibberish", "chatter" (without end), "drain" (at once and always), "print TEXT" (on
// standard error; "\n" in it ends a line), "flood" (standard error, without end), "mute" (closes
// its channel once it is ready), "migrating" (says so at each of its first pings, then it is
// ready), "leaves-a-child" (dies, and a child of its own goes on with its descriptors for as long
// as the supervisor holds the other end of the channel).
//
// Further words of `serve`: --silent-ms, --starting-ms, --drain-ms, --trial-ms, the most that a
// child may take for it.

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/base/random_id.h"
#include "common/contracts/channel.h"
#include "common/contracts/child_channel.h"
#include "common/contracts/line_splitter.h"
#include "common/contracts/settings.h"
#include "supervisor/serve/serve.h"

namespace {

using posta::contracts::kChannelFd;

volatile std::sig_atomic_t asked_to_leave = 0;

void say(const std::string& line) {
    const std::string bytes = line + "\n";
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t count =
            ::send(kChannelFd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count > 0) sent += static_cast<std::size_t>(count);
        if (count < 0 && errno != EAGAIN) std::_Exit(0);
    }
}

void print(std::string text) {
    for (std::size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at))
        text.replace(at, 2, "\n");
    std::fprintf(stderr, "%s\n", text.c_str());
}

void flood() {
    static const std::string lines = [] {
        std::string text;
        while (text.size() < 65536) text += "water water water\n";
        return text;
    }();
    constexpr int kWritesATurn = 4;  // so that its pings are answered
    for (int count = 0; count < kWritesATurn; ++count)
        if (::write(2, lines.data(), lines.size()) <= 0) return;
}

void leave_a_child() {
    if (::fork() != 0) std::_Exit(3);
    print("left behind: " + std::to_string(::getpid()) + ".");
    std::array<char, 4096> buffer{};
    while (true) {
        pollfd wait{kChannelFd, POLLIN, 0};
        ::poll(&wait, 1, -1);
        if (::recv(kChannelFd, buffer.data(), buffer.size(), MSG_DONTWAIT) == 0) std::_Exit(0);
    }
}

void act(const std::string& part) {
    if (part.starts_with("exit")) std::_Exit(std::stoi(part.substr(5)));
    if (part.starts_with("fail")) {
        posta::contracts::say_failed(kChannelFd, part.size() > 5 ? part.substr(5) : "bad settings");
        std::_Exit(78);
    }
    if (part == "leaves-a-child") leave_a_child();
    if (part == "long-line") say(std::string(1024 * 1024, 'x'));
    if (part == "gibberish") say("surrender");
    while (part == "chatter") say("pong");
    if (part.starts_with("print ")) print(part.substr(6));
    if (part != "never-ready" && part != "migrating") say("ready");
    if (part == "mute") {
        ::shutdown(kChannelFd, SHUT_RDWR);
        while (asked_to_leave == 0) ::poll(nullptr, 0, 50);
        std::_Exit(0);
    }
    if (part == "drain") {
        say("draining");
        std::_Exit(0);
    }
}

// With 50 ms between two pings: seconds, as the supervisor counts them.
void migrate_further() {
    constexpr int kPings = 60;
    static int pings = 0;
    if (++pings < kPings) say("migrating");
    if (pings == kPings) say("ready");
}

int play(const std::string& part) {
    struct sigaction action {};
    action.sa_handler = [](int) { asked_to_leave = 1; };
    ::sigaction(SIGTERM, part == "stubborn" ? nullptr : &action, nullptr);
    ::sigaction(SIGHUP, &action, nullptr);
    if (part == "stubborn") std::signal(SIGTERM, SIG_IGN);
    act(part);
    posta::contracts::LineSplitter lines(posta::contracts::kMaxLineBytes);
    while (true) {
        pollfd wait{kChannelFd, POLLIN, 0};
        ::poll(&wait, 1, part == "flood" ? 1 : 50);
        if (part == "flood") flood();
        if (asked_to_leave != 0) {
            say("draining");
            return 0;
        }
        if (part == "soliloquy") {
            ::poll(nullptr, 0, 50);
            say("pong");
            continue;
        }
        if ((wait.revents & (POLLIN | POLLHUP)) == 0) continue;
        std::array<char, 65536> buffer{};
        const ssize_t count = ::recv(kChannelFd, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count == 0) return 0;
        if (count < 0) continue;
        lines.add({buffer.data(), static_cast<std::size_t>(count)});
        while (const auto line = lines.next()) {
            if (*line == "ping" && part == "migrating") migrate_further();
            if (*line == "ping" && part != "deaf") say("pong");
            if (line->starts_with("routes ") || *line == "alone")
                std::fprintf(stderr, "%s\n", line->c_str());
        }
    }
}

int play_worker() {
    const auto line = posta::contracts::read_first_line(kChannelFd);
    if (!line) return 1;
    const auto settings = posta::contracts::worker_settings_from(*line);
    if (!settings) return 1;
    std::ifstream in(settings->data_dir + "/part");
    std::string part;
    std::getline(in, part);
    constexpr std::string_view kSuffix = ".part";
    for (const std::string& host : settings->hosts)
        if (host.ends_with(kSuffix)) part = host.substr(0, host.size() - kSuffix.size());
    std::error_code error;
    if (std::filesystem::read_symlink("/proc/self/exe", error).filename() == "broken")
        part = "fail of its version";
    return play(part);
}

int play_front() {
    const auto line = posta::contracts::read_first_line(kChannelFd);
    return line && posta::contracts::front_settings_from(*line) ? play("serve") : 1;
}

std::chrono::milliseconds milliseconds_in(const std::string& text) {
    return std::chrono::milliseconds(std::stoi(text));
}

// What happens by itself, soon. What a child has time for is long, for a slow machine is no hostile
// child, except where a test waits for its end.
int serve(int argc, char** argv) {
    using std::chrono_literals::operator""ms;
    posta::supervisor::ServeOrder order;
    order.limits = {
        .ping_every = 50ms,
        .silent_at_most = 30'000ms,
        .starting_silent_at_most = 30'000ms,
        .starting_at_most = 30'000ms,
        .drain_at_most = 30'000ms,
        .trial_at_most = 30'000ms,
        .back_off = {.first_delay = 100ms, .longest_delay = 800ms, .stable_after = 5000ms},
        .pace = {}};
    for (int at = 2; at + 1 < argc; at += 2) {
        const std::string name = argv[at];
        const std::string value = argv[at + 1];
        if (name == "--silent-ms") order.limits.silent_at_most = milliseconds_in(value);
        if (name == "--starting-ms") order.limits.starting_at_most = milliseconds_in(value);
        if (name == "--drain-ms") order.limits.drain_at_most = milliseconds_in(value);
        if (name == "--trial-ms") order.limits.trial_at_most = milliseconds_in(value);
        if (name == "--listen") order.listen.push_back(value);
        if (name == "--manifest") order.manifest_path = value;
        if (name == "--data-dir") order.data_dir = value;
        if (name == "--run-dir") order.run_dir = value;
        if (name == "--log-file") order.log_file = value;
        if (name == "--log-format" && value == "json") order.log_format = posta::LogFormat::json;
        if (name == "--notify-fd") order.notify_fd = std::stoi(value);
        if (name == "--take-over") order.take_over = std::stoi(value);
        if (name == "--rehearse") order.rehearse = std::stoi(value);
    }
    posta::supervisor::set_up_for_upgrade(order, std::vector<std::string>(argv + 2, argv + argc));
    return posta::supervisor::run_supervisor(order);
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    posta::start_crypto();
    const std::string role = argc > 1 ? argv[1] : "";
    if (role == "worker") return play_worker();
    if (role == "front") return play_front();
    if (role == "serve") return serve(argc, argv);
    return 2;
}
