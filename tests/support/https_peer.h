#pragma once
// A peer with a certificate of its own, on loopback (https_peer.py), for as long as this lives.
//
// It answers as localhost, alice.localhost, bob.localhost and mallory.localhost, which libcurl
// resolves to loopback by itself (RFC 6761), and as anything one level below peer.test.

#include <string>
#include <string_view>

#include "tests/support/script_process.h"
#include "tests/support/temp_folder.h"

namespace posta::testing {

class HttpsPeer {
public:
    HttpsPeer() : HttpsPeer("127.0.0.1", 0) {}
    HttpsPeer(const std::string& address, int port);

    // "https://alice.localhost:PORT/path"
    std::string url(std::string_view host, std::string_view path) const;
    // Has `path` yield this body from now on, with status 200.
    void put(std::string_view path, std::string_view body) const;
    // What GET on `path` yields; it must be a 200.
    std::string get(std::string_view path) const;
    // Everything that was POSTed to `path`, in order: signature, a space, the body, a line each.
    std::string posted_to(std::string_view path) const;
    // From now on it passes /home and what is below it on to that server of this machine, which so
    // may have identities at such URLs.
    void pass_home_on_to(int port) const;
    // An order of https_peer.py, such as "hold answer", and its reply. Not for two threads.
    std::string tell(const std::string& order) const { return script_.ask(order); }
    std::string ca_bundle() const { return folder_ / "certificate.pem"; }

private:
    TempFolder folder_;  // with its certificate and key
    ScriptProcess script_;
};

}  // namespace posta::testing
