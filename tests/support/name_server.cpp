#include "tests/support/name_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "common/base/check.h"
#include "common/base/encoding.h"
#include "tests/support/test_paths.h"

extern char** environ;

namespace posta::testing {
namespace {

std::string hex_of(const std::string& address) {
    std::array<char, 16> bytes{};
    if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1)
        return hex_encode({bytes.data(), 4});
    CHECK(::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1);
    return hex_encode({bytes.data(), 16});
}

std::string name(std::string how, const std::vector<std::string>& addresses) {
    for (const std::string& address : addresses) how += "-" + hex_of(address);
    return how + ".peer.test";
}

}  // namespace

NameServer::NameServer() {
    std::array<int, 2> input{};
    std::array<int, 2> output{};
    CHECK(::pipe2(input.data(), O_CLOEXEC) == 0 && ::pipe2(output.data(), O_CLOEXEC) == 0);
    const UniqueFd child_input(input[0]);
    input_ = UniqueFd(input[1]);
    const UniqueFd ready(output[0]);
    UniqueFd child_output(output[1]);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, child_input.get(), 0);
    posix_spawn_file_actions_adddup2(&actions, child_output.get(), 1);
    std::string program = "/usr/bin/python3";
    std::string script = POSTA_TEST_SUPPORT "/name_server.py";
    std::array<char*, 3> words{program.data(), script.data(), nullptr};
    CHECK(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, words.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    child_output.reset();
    char byte = 0;
    CHECK(::read(ready.get(), &byte, 1) == 1);
}

NameServer::~NameServer() {
    input_.reset();
    ::waitpid(pid_, nullptr, 0);
}

std::string NameServer::name_of(const std::vector<std::string>& addresses) {
    return name("all", addresses);
}

std::string NameServer::changing_name(const std::vector<std::string>& addresses) {
    return name("turn", addresses);
}

}  // namespace posta::testing
