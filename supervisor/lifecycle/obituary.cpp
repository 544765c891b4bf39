#include "supervisor/lifecycle/obituary.h"

#include <array>
#include <csignal>
#include <string_view>
#include <utility>

#include "common/command.h"

namespace posta::supervisor {

namespace {

constexpr std::array<std::pair<int, std::string_view>, 18> kSignals{{
    {SIGHUP, "SIGHUP"},
    {SIGINT, "SIGINT"},
    {SIGQUIT, "SIGQUIT"},
    {SIGILL, "SIGILL"},
    {SIGTRAP, "SIGTRAP"},
    {SIGABRT, "SIGABRT"},
    {SIGBUS, "SIGBUS"},
    {SIGFPE, "SIGFPE"},
    {SIGKILL, "SIGKILL"},
    {SIGUSR1, "SIGUSR1"},
    {SIGSEGV, "SIGSEGV"},
    {SIGUSR2, "SIGUSR2"},
    {SIGPIPE, "SIGPIPE"},
    {SIGALRM, "SIGALRM"},
    {SIGTERM, "SIGTERM"},
    {SIGXCPU, "SIGXCPU"},
    {SIGXFSZ, "SIGXFSZ"},
    {SIGSYS, "SIGSYS"},
}};

}  // namespace

bool is_config_failure(const Exit& exit) { return exit.signal == 0 && exit.code == kExitConfig; }

std::string obituary(const Exit& exit, const std::string& reason) {
    std::string text = exit.signal != 0 ? "killed by " + signal_name(exit.signal)
                                        : "left with code " + std::to_string(exit.code);
    if (!reason.empty()) text += ": " + reason;
    return text;
}

std::string signal_name(int signal_number) {
    for (const auto& [number, name] : kSignals)
        if (number == signal_number) return std::string(name);
    return "signal " + std::to_string(signal_number);
}

}  // namespace posta::supervisor
