#include "tests/support/https_peer.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "common/base/check.h"
#include "common/base/file.h"
#include "tests/support/test_paths.h"

extern char** environ;

namespace posta::testing {
namespace {

void make_certificate(const TempFolder& folder) {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        " -subj /CN=posta-test -addext subjectAltName=DNS:localhost,DNS:alice.localhost,"
        "DNS:bob.localhost,DNS:mallory.localhost,DNS:*.peer.test -keyout '" +
        folder / "key.pem" + "' -out '" + folder / "certificate.pem" + "' 2>/dev/null";
    CHECK(std::system(command.c_str()) == 0);
    // Workers that run as somebody else must be able to trust it.
    CHECK(::chmod(folder.path().c_str(), 0755) == 0);
    CHECK(::chmod((folder / "certificate.pem").c_str(), 0644) == 0);
}

std::string read_line(int fd) {
    std::string line;
    char c = 0;
    while (::read(fd, &c, 1) == 1 && c != '\n') line += c;
    return line;
}

}  // namespace

HttpsPeer::HttpsPeer(const std::string& address, int port) {
    make_certificate(folder_);
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
    std::string program = "/usr/bin/python3";
    std::string script = POSTA_TEST_SUPPORT "/https_peer.py";
    std::string certificate = ca_bundle();
    std::string key = folder_ / "key.pem";
    std::string host = address;
    std::string number = std::to_string(port);
    std::array<char*, 7> words{program.data(), script.data(), certificate.data(),
                               key.data(),     host.data(),   number.data(),
                               nullptr};
    CHECK(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, words.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    child_output.reset();
    port_ = read_line(output_.get());
    CHECK(!port_.empty());
}

void HttpsPeer::put(std::string_view path, std::string_view body) const {
    const TempFolder scratch;
    CHECK(write_file_atomically(scratch / "body", body, 0600).has_value());
    const std::string command = "curl -s -f --cacert '" + ca_bundle() + "' --data-binary '@" +
                                scratch / "body" + "' '" + url("localhost", "/put") +
                                std::string(path.substr(path.find_last_of('/'))) + "'";
    CHECK(std::system(command.c_str()) == 0);
}

void HttpsPeer::pass_home_on_to(int port) const {
    const std::string command = "curl -s -f --cacert '" + ca_bundle() + "' -X POST '" +
                                url("localhost", "/backend/" + std::to_string(port)) + "'";
    CHECK(std::system(command.c_str()) == 0);
}

std::string HttpsPeer::get(std::string_view path) const {
    const TempFolder scratch;
    const std::string command = "curl -s -f --cacert '" + ca_bundle() + "' -o '" +
                                scratch / "answer" + "' '" + url("localhost", path) + "'";
    CHECK(std::system(command.c_str()) == 0);
    return read_file(scratch / "answer", std::size_t{64} << 20).value();
}

std::string HttpsPeer::posted_to(std::string_view path) const {
    return get("/posted" + std::string(path.substr(path.find_last_of('/'))));
}

std::string HttpsPeer::tell(const std::string& order) const {
    const std::string line = order + "\n";
    CHECK(::write(input_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()));
    return read_line(output_.get());
}

HttpsPeer::~HttpsPeer() {
    input_.reset();
    ::waitpid(pid_, nullptr, 0);
}

std::string HttpsPeer::url(std::string_view host, std::string_view path) const {
    return "https://" + std::string(host) + ":" + port_ + std::string(path);
}

}  // namespace posta::testing
