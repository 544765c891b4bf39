#include "tests/support/correspondent.h"

#include "common/base/encoding.h"
#include "worker/envelope/envelope.h"
#include "worker/envelope/wire.h"

namespace posta::testing {
namespace {

constexpr std::string_view kKeyId = "k1";

}  // namespace

std::string Correspondent::document() const {
    return R"({"url":")" + url_ + R"(","name":")" + name + R"(","keys":[{"id":")" +
           std::string(kKeyId) + R"(","algorithm":"ed25519","publicKey":")" +
           base64_encode(key_.public_key()) + "\"}]}";
}

Correspondent::Post Correspondent::message(const std::string& recipient,
                                           const std::string& id) const {
    return signed_by(key_, recipient, id);
}

Correspondent::Post Correspondent::forged(const std::string& recipient,
                                          const std::string& id) const {
    return signed_by(forger_, recipient, id);
}

Correspondent::Post Correspondent::signed_by(const worker::PrivateKey& key,
                                             const std::string& recipient,
                                             const std::string& id) const {
    wire::Envelope envelope;
    envelope.id = id;
    envelope.sender = url_;
    envelope.recipient = recipient;
    envelope.timestamp = SystemClock().now();
    envelope.key_id = kKeyId;
    envelope.payload = payload;
    Post post;
    post.body = wire::write_envelope(envelope);
    post.fields = "Content-Type: " + std::string(wire::kContentType) + "\r\n" +
                  std::string(wire::kSignatureField) + ": " + base64_encode(key.sign(post.body)) +
                  "\r\n";
    return post;
}

}  // namespace posta::testing
