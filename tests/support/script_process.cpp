#include "tests/support/script_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "common/base/check.h"
#include "tests/support/test_paths.h"

extern char** environ;

namespace posta::testing {
namespace {

std::string read_line(int fd) {
    std::string line;
    char c = 0;
    while (::read(fd, &c, 1) == 1 && c != '\n') line += c;
    return line;
}

}  // namespace

ScriptProcess::ScriptProcess(const std::string& name, std::vector<std::string> arguments) {
    std::array<int, 2> input{};
    std::array<int, 2> output{};
    CHECK(::pipe2(input.data(), O_CLOEXEC) == 0 && ::pipe2(output.data(), O_CLOEXEC) == 0);
    const UniqueFd child_input(input[0]);
    input_ = UniqueFd(input[1]);
    output_ = UniqueFd(output[0]);
    UniqueFd child_output(output[1]);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, child_input.get(), 0);
    posix_spawn_file_actions_adddup2(&actions, child_output.get(), 1);
    arguments.insert(arguments.begin(), {"/usr/bin/python3", POSTA_TEST_SUPPORT "/" + name});
    std::vector<char*> words;
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    CHECK(::posix_spawn(&pid_, words.front(), &actions, nullptr, words.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    child_output.reset();
    first_line_ = read_line(output_.get());
    CHECK(!first_line_.empty());
}

ScriptProcess::~ScriptProcess() {
    input_.reset();
    ::waitpid(pid_, nullptr, 0);
}

std::string ScriptProcess::ask(const std::string& line) const {
    const std::string sent = line + "\n";
    CHECK(::write(input_.get(), sent.data(), sent.size()) == static_cast<ssize_t>(sent.size()));
    return read_line(output_.get());
}

}  // namespace posta::testing
