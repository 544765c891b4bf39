#include "common/command.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "common/base/nearest_name.h"
#include "common/base/text_table.h"
#include "common/options.h"
#include "posta_version.h"

namespace posta {
namespace {

using Words = std::vector<std::string>;

std::string_view noun_of(std::string_view name) { return name.substr(0, name.find(' ')); }

bool is_visible(const Command& command) { return !command.summary.empty(); }

// The words of the command's name when `arguments` begins with them, else 0.
std::size_t words_matched(const Command& command, const Words& arguments) {
    if (arguments.empty()) return 0;
    if (command.name == arguments[0]) return 1;
    if (arguments.size() >= 2 && command.name == arguments[0] + " " + arguments[1]) return 2;
    return 0;
}

const Command* find(std::span<const Command> commands, const Words& arguments) {
    const Command* found = nullptr;
    for (const Command& command : commands)
        if (words_matched(command, arguments) > (found ? words_matched(*found, arguments) : 0))
            found = &command;
    return found;
}

std::size_t widest_name(std::span<const Command> commands) {
    std::size_t widest = 0;
    for (const Command& command : commands)
        if (is_visible(command)) widest = std::max(widest, command.name.size());
    return widest;
}

std::string line_for(const Command& command, std::size_t width) {
    std::string line = "  " + std::string(command.name);
    line.append(width + 4 - line.size(), ' ');
    return line + std::string(command.summary) + "\n";
}

// The bare verbs first, then a group for each noun.
std::string grouped_table(std::span<const Command> commands) {
    const std::size_t width = widest_name(commands);
    std::string bare;
    std::vector<std::string_view> nouns;
    for (const Command& command : commands) {
        if (!is_visible(command)) continue;
        const std::string_view noun = noun_of(command.name);
        if (noun == command.name)
            bare += line_for(command, width);
        else if (std::find(nouns.begin(), nouns.end(), noun) == nouns.end())
            nouns.push_back(noun);
    }
    std::string table = bare;
    for (const std::string_view noun : nouns) {
        if (!table.empty()) table += "\n";
        for (const Command& command : commands)
            if (is_visible(command) && command.name != noun && noun_of(command.name) == noun)
                table += line_for(command, width);
    }
    return table;
}

std::string program_help(std::span<const Command> commands) {
    return "posta-server: many Posta identities behind one listener, each in a process of its "
           "own.\n\n"
           "Usage: posta-server COMMAND [OPTIONS]\n\n" +
           grouped_table(commands) +
           "\n\"posta-server COMMAND --help\" tells more about one; \"--version\" names the "
           "build.\n"
           "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 configuration or data invalid,\n"
           "4 the daemon is not running.\n";
}

std::vector<Command> with_noun(std::span<const Command> commands, std::string_view noun) {
    std::vector<Command> found;
    for (const Command& command : commands)
        if (is_visible(command) && command.name != noun && noun_of(command.name) == noun)
            found.push_back(command);
    return found;
}

int complain_about_verb(std::span<const Command> verbs, const Words& arguments) {
    const std::string& noun = arguments[0];
    std::string choices;
    std::vector<std::string_view> known;
    for (const Command& command : verbs) {
        known.push_back(command.name.substr(noun.size() + 1));
        choices += (choices.empty() ? "" : ", ") + std::string(known.back());
    }
    if (arguments.size() < 2 || arguments[1].starts_with('-'))
        return fail(kExitUsage, noun + ": a verb is missing (one of " + choices + ")");
    return fail(kExitUsage, noun + ": unknown verb \"" + printable(arguments[1]) + "\"" +
                                did_you_mean(arguments[1], known) + " (one of " + choices + ")");
}

int complain_about_command(std::span<const Command> commands, const std::string& word) {
    std::vector<std::string_view> known;
    for (const Command& command : commands)
        if (is_visible(command)) known.push_back(noun_of(command.name));
    const std::string kind = word.starts_with('-') ? "option" : "command";
    return fail(kExitUsage, printable(word) + ": unknown " + kind + did_you_mean(word, known) +
                                " (see posta-server --help)");
}

bool is_help(const std::string& word) { return word == "--help" || word == "-h"; }

int dispatch(std::span<const Command> commands, const Words& arguments) {
    if (const Command* command = find(commands, arguments)) {
        const auto name_words =
            static_cast<Words::difference_type>(words_matched(*command, arguments));
        return command->run({arguments.begin() + name_words, arguments.end()});
    }
    const std::vector<Command> verbs = with_noun(commands, arguments[0]);
    if (verbs.empty()) return complain_about_command(commands, arguments[0]);
    if (arguments.size() == 2 && is_help(arguments[1])) {
        std::fputs(grouped_table(verbs).c_str(), stdout);
        return kExitDone;
    }
    return complain_about_verb(verbs, arguments);
}

int run_named(std::span<const Command> commands, const Words& arguments) {
    if (arguments.empty()) {
        std::fputs(program_help(commands).c_str(), stderr);
        return fail(kExitUsage, "command line: no command is named (name one of those above)");
    }
    const std::string& first = arguments[0];
    if (first == "--version") {
        std::puts("posta-server " POSTA_VERSION);
        return kExitDone;
    }
    if (is_help(first) || (first == "help" && arguments.size() == 1)) {
        std::fputs(program_help(commands).c_str(), stdout);
        return kExitDone;
    }
    if (first == "help") {
        Words asked(arguments.begin() + 1, arguments.end());
        asked.emplace_back("--help");
        return dispatch(commands, asked);
    }
    return dispatch(commands, arguments);
}

// `ctl status | head`: whoever read has what it wanted, and needs no words.
bool reader_has_left() {
    pollfd output{STDOUT_FILENO, 0, 0};
    return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

}  // namespace

int run_command(std::span<const Command> commands, const Words& arguments) {
    const int exit_code = run_named(commands, arguments);
    // A table or a token that did not reach its reader (disk full, closed pipe) is a failure.
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return exit_code;
    if (!reader_has_left())
        fail(kExitFailed, "standard output: not all could be written (is the disk full?)");
    return exit_code == kExitDone ? kExitFailed : exit_code;
}

}  // namespace posta
