#pragma once
// Somebody who writes to a worker under test: a URL, a key, the actor document that lists it, and
// messages that are signed with it (or not).

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "worker/identity/keys.h"

namespace posta::testing {

class Correspondent {
public:
    explicit Correspondent(std::string url) : url_(std::move(url)) {}

    const std::string& url() const { return url_; }
    std::string name{};  // for display, in the document
    std::string payload = R"({"kind":"posta.text/v1","body":"Hello"})";
    std::string document() const;

    // A POST of the wire protocol: its own fields, each with CRLF, and the body.
    struct Post {
        std::string fields;
        std::string body;
    };
    Post message(const std::string& recipient, const std::string& id) const;
    // The same as somebody else would make it who knows nothing but the URL.
    Post forged(const std::string& recipient, const std::string& id) const;

private:
    Post signed_by(const worker::PrivateKey& key, const std::string& recipient,
                   const std::string& id) const;

    std::string url_;
    worker::PrivateKey key_ = worker::PrivateKey::generate();
    worker::PrivateKey forger_ = worker::PrivateKey::generate();
};

}  // namespace posta::testing
