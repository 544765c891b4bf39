#pragma once
// A subcommand of posta-server, as the composition root sees it.
//
// Each layer offers a table of its commands; main.cpp joins the tables and runs the one that was
// named. A command parses its own words (common/options.h) and returns an exit code.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace posta {

// operations.md: the exit codes of every command, and 78 for a worker whose configuration or data
// is wrong (EX_CONFIG: not worth restarting until something changes).
enum ExitCode : int {
    kExitDone = 0,
    kExitFailed = 1,
    kExitUsage = 2,
    kExitInvalid = 3,
    kExitNotRunning = 4,
    kExitConfig = 78,
};

struct Command {
    std::string_view name;     // "serve", or noun and verb: "token create"
    std::string_view summary;  // one line for --help; empty hides the command
    int (*run)(const std::vector<std::string>& words);  // the words after the name
};

// Runs the command that `arguments` (without the program's name) names. Prints help for none, for
// `help` and `--help`, the version for `--version`; an unknown command gets the nearest name.
int run_command(std::span<const Command> commands, const std::vector<std::string>& arguments);

}  // namespace posta
