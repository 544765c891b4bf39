#include "supervisor/control/top.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <initializer_list>
#include <utility>

#include "common/command.h"
#include "common/contracts/control.h"
#include "common/contracts/fields.h"
#include "common/options.h"

namespace posta::supervisor {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono_literals::operator""s;
using Steady = std::chrono::steady_clock;

namespace {

constexpr auto kBetweenLooks = 1s;

struct Look {
    TopSample sample;
    Steady::time_point at;
};

Result<Look> look(const std::string& run_dir) {
    const std::string answer = TRY(contracts::ask_supervisor(run_dir, "top", 10s));
    const json::Value parsed = TRY(contracts::object_from(answer, "the server's answer"));
    const json::Value* const result = parsed.find("result");
    if (result == nullptr) return Error{ErrorCode::io, "the server does not know `top`"};
    TopSample sample = TRY(top_sample_from(*result));
    return Look{std::move(sample), Steady::now()};
}

int no_server(const TopOrder& order, const Error& error) {
    return fail(kExitNotRunning, "ctl: no server answers in " + order.run_dir + ": " +
                                     error.message + " (start it, or give its --run-dir)");
}

// The terminal as we want it: no echo, key by key, the other screen; as it was at the end, also
// when a signal ends it (Ctrl-C) or stops it (Ctrl-Z). Only one at a time: what a signal's handler
// has to know belongs to no object.
class Terminal {
public:
    Terminal() {
        known = ::tcgetattr(STDIN_FILENO, &before) == 0;
        raw = before;
        raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        enter();
        handle({SIGINT, SIGTERM, SIGHUP, SIGQUIT}, [](int number) {
            leave();
            ::signal(number, SIG_DFL);
            ::raise(number);  // delivered when this returns: the shell is to know how it ended
        });
        handle({SIGTSTP}, [](int) {
            leave();
            ::raise(SIGSTOP);
            enter();
        });
        // Only so that poll() is interrupted.
        handle({SIGWINCH, SIGCONT}, [](int) {});
    }
    ~Terminal() {
        std::fflush(stdout);
        leave();
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    static TopSize size() {
        winsize window{};
        if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_row == 0) return {80, 24};
        return {window.ws_col, window.ws_row};
    }
    // Each line is cleared behind its text and the screen below it: no flicker.
    static void draw(const std::string& text) {
        std::string out = "\x1b[H";
        for (std::size_t at = 0; at < text.size(); ++at) {
            const bool last = at + 1 == text.size();  // a newline there would scroll
            if (text[at] != '\n')
                out += text[at];
            else
                out += last ? "\x1b[K" : "\x1b[K\r\n";
        }
        out += "\x1b[J";
        std::fputs(out.c_str(), stdout);
        std::fflush(stdout);
    }

private:
    static void handle(std::initializer_list<int> signals, void (*handler)(int)) {
        struct sigaction action {};
        action.sa_handler = handler;
        for (const int number : signals) ::sigaction(number, &action, nullptr);
    }
    // Both are called by handlers: write() and tcsetattr() may be.
    static void enter() noexcept {
        if (known) ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
        say("\x1b[?1049h\x1b[?25l");
    }
    static void leave() noexcept {
        say("\x1b[?25h\x1b[?1049l");
        if (known) ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
    static void say(std::string_view text) noexcept {
        const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
        static_cast<void>(written);  // a terminal that is gone needs none of it
    }

    inline static bool known = false;
    inline static termios before{};
    inline static termios raw{};
};

// A key, nothing when the time is over or the terminal has changed, 'q' at the end of input.
std::optional<char> key_within(milliseconds time) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, static_cast<int>(time.count())) <= 0) return std::nullopt;
    char key = 'q';
    return ::read(STDIN_FILENO, &key, 1) == 1 ? key : 'q';
}

int show_once(const TopOrder& order) {
    const Result<Look> first = look(order.run_dir);
    if (!first) return no_server(order, first.error());
    // A rate needs two looks.
    ::poll(nullptr, 0, static_cast<int>(duration_cast<milliseconds>(kBetweenLooks).count()));
    const Result<Look> second = look(order.run_dir);
    if (!second) return no_server(order, second.error());
    auto rows = top_rows(first->sample, second->sample,
                         duration_cast<milliseconds>(second->at - first->at));
    sort_by(rows, order.key);
    std::fputs(top_text(rows, order.key, {}).c_str(), stdout);
    return kExitDone;
}

// Until somebody ends it. A server that does not answer any more may be being restarted: what it
// said last stays, with the reason.
Result<void> show_live(const TopOrder& order) {
    Look before = TRY(look(order.run_dir));
    Look now = before;
    Steady::time_point asked = now.at;
    TopKey key = order.key;
    std::string trouble;
    const Terminal terminal;
    while (true) {
        auto rows =
            top_rows(before.sample, now.sample, duration_cast<milliseconds>(now.at - before.at));
        sort_by(rows, key);
        Terminal::draw(top_text(rows, key, Terminal::size(), trouble));
        const auto left = duration_cast<milliseconds>(asked + kBetweenLooks - Steady::now());
        const auto pressed = key_within(std::max(left, milliseconds(0)));
        if (pressed == 'q') return {};
        if (pressed) key = top_key_from(std::string_view(&*pressed, 1)).value_or(key);
        if (Steady::now() < asked + kBetweenLooks) continue;
        Result<Look> next = look(order.run_dir);
        asked = Steady::now();
        trouble = next ? "" : "no answer, asking again: " + next.error().message;
        if (next) before = std::exchange(now, std::move(*next));
    }
}

}  // namespace

int run_top(const TopOrder& order) {
    if (order.once) return show_once(order);
    if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0)
        return fail(kExitUsage, "ctl top: this is no terminal (use --once)");
    const Result<void> shown = show_live(order);
    return shown ? kExitDone : no_server(order, shown.error());
}

}  // namespace posta::supervisor
