#include "tests/support/https_peer.h"

#include <sys/stat.h>

#include <cstdlib>

#include "common/base/check.h"
#include "common/base/file.h"

namespace posta::testing {
namespace {

// The arguments of the script, whose certificate it makes.
std::vector<std::string> prepare(const TempFolder& folder, const std::string& address, int port) {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        " -subj /CN=posta-test -addext subjectAltName=DNS:localhost,DNS:alice.localhost,"
        "DNS:bob.localhost,DNS:mallory.localhost,DNS:*.peer.test -keyout '" +
        folder / "key.pem" + "' -out '" + folder / "certificate.pem" + "' 2>/dev/null";
    CHECK(std::system(command.c_str()) == 0);
    // Workers that run as somebody else must be able to trust it.
    CHECK(::chmod(folder.path().c_str(), 0755) == 0);
    CHECK(::chmod((folder / "certificate.pem").c_str(), 0644) == 0);
    return {folder / "certificate.pem", folder / "key.pem", address, std::to_string(port)};
}

}  // namespace

HttpsPeer::HttpsPeer(const std::string& address, int port)
    : script_("https_peer.py", prepare(folder_, address, port)) {}

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

std::string HttpsPeer::url(std::string_view host, std::string_view path) const {
    return "https://" + std::string(host) + ":" + script_.first_line() + std::string(path);
}

}  // namespace posta::testing
