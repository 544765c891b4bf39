#include "tests/bench/ingest/messages.h"

#include <random>

#include "common/base/check.h"
#include "common/base/encoding.h"
#include "common/base/random_id.h"
#include "common/base/rfc3339.h"

namespace posta::bench {
namespace {

constexpr std::size_t kWords = 4000;
constexpr int kLeastWords = 8;
constexpr int kMostWords = 30;
constexpr std::size_t kIdsPerMillisecond = 8;
constexpr std::size_t kRandomIdBytes = 13;  // 26 characters, as a ULID has

std::string word(std::size_t number) {
    constexpr std::array<const char*, 16> kSyllables{"ka", "to", "mi", "re", "su", "no",
                                                     "la", "ve", "di", "po", "ha", "ne",
                                                     "ri", "so", "ju", "be"};
    std::string text;
    for (std::size_t rest = number + 1; rest > 0; rest /= kSyllables.size())
        text += kSyllables[rest % kSyllables.size()];
    return text;
}

std::string make_id(Ids ids, WallTime now, std::size_t number) {
    return ids == Ids::random
               ? hex_encode(random_bytes(kRandomIdBytes))
               : make_ulid(now + std::chrono::milliseconds(number / kIdsPerMillisecond));
}

std::string bytes_of(const auto& array) { return {array.begin(), array.end()}; }

}  // namespace

std::vector<Sender> make_senders(int count, const std::string& origin) {
    std::vector<Sender> senders;
    for (int number = 0; number < count; ++number) {
        Sender sender{origin + "/doc/s" + std::to_string(number), {}, {}};
        std::array<unsigned char, crypto_sign_SEEDBYTES> seed{};
        seed[0] = static_cast<unsigned char>(number);
        seed[1] = static_cast<unsigned char>(number >> 8);
        crypto_sign_seed_keypair(sender.public_key.data(), sender.secret_key.data(), seed.data());
        senders.push_back(std::move(sender));
    }
    return senders;
}

std::string actor_document(const Sender& sender) {
    return R"({"url":")" + sender.url + R"(","name":"A sender","kind":"person","keys":[{"id":")" +
           kKeyId + R"(","algorithm":"ed25519","publicKey":")" +
           base64_encode(bytes_of(sender.public_key)) + R"("}]})";
}

Text make_text(std::uint64_t number) {
    std::mt19937_64 random(number);
    std::uniform_int_distribution<int> length(kLeastWords, kMostWords);
    std::uniform_real_distribution<double> share(0, 1);
    Text text;
    for (int left = length(random); left > 0; --left) {
        const double drawn = share(random);  // its cube: a few words are most of the text
        if (!text.body.empty()) text.body += ' ';
        text.body += word(static_cast<std::size_t>(drawn * drawn * drawn * kWords));
    }
    text.payload = R"({"kind":"posta.text/v1","body":")" + text.body + R"("})";
    return text;
}

Ids ids_named(std::string_view name) {
    CHECK(name == "timed" || name == "random");
    return name == "random" ? Ids::random : Ids::timed;
}

std::vector<SignedMessage> make_messages(const std::vector<Sender>& senders, Ids ids,
                                         std::uint64_t first, std::size_t count,
                                         const std::string& recipient, WallTime now) {
    std::vector<SignedMessage> messages;
    messages.reserve(count);
    const std::string sent_at = format_time(now);
    for (std::size_t number = 0; number < count; ++number) {
        SignedMessage message{number % senders.size(),
                              make_id(ids, now, number),
                              sent_at,
                              make_text(first + number),
                              {},
                              {}};
        const Sender& sender = senders[message.sender];
        message.envelope = R"({"version":1,"id":")" + message.id + R"(","sender":")" + sender.url +
                           R"(","recipient":")" + recipient + R"(","timestamp":")" + sent_at +
                           R"(","keyId":")" + kKeyId + R"(","payload":)" + message.text.payload +
                           "}";
        crypto_sign_detached(message.signature.data(), nullptr,
                             reinterpret_cast<const unsigned char*>(message.envelope.data()),
                             message.envelope.size(), sender.secret_key.data());
        messages.push_back(std::move(message));
    }
    return messages;
}

}  // namespace posta::bench
