#pragma once
// A peer with a certificate of its own, on loopback (https_peer.py), for as long as this lives.
//
// It answers as localhost, alice.localhost, bob.localhost and mallory.localhost, which libcurl
// resolves to loopback by itself (RFC 6761).

#include <sys/types.h>

#include <string>
#include <string_view>

#include "common/base/unique_fd.h"
#include "tests/support/temp_folder.h"

namespace posta::testing {

class HttpsPeer {
public:
    HttpsPeer();
    ~HttpsPeer();
    HttpsPeer(const HttpsPeer&) = delete;
    HttpsPeer& operator=(const HttpsPeer&) = delete;

    // "https://alice.localhost:PORT/path"
    std::string url(std::string_view host, std::string_view path) const;
    // Has `path` yield this body from now on, with status 200.
    void put(std::string_view path, std::string_view body) const;
    // Everything that was POSTed to `path`, in order: signature, a space, the body, a line each.
    std::string posted_to(std::string_view path) const;
    std::string ca_bundle() const { return folder_ / "certificate.pem"; }

private:
    TempFolder folder_;
    UniqueFd input_;  // closing it ends the peer
    pid_t pid_ = -1;
    std::string port_;
};

}  // namespace posta::testing
