#pragma once
// The messages of the ingest bench: made-up senders and the envelopes that they sign.
//
// Everything follows from numbers, so that the load, the bare cost and a database that is filled
// beforehand have the same senders and texts of the same shape without a file between them.

#include <sodium.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"

namespace posta::bench {

struct Sender {
    std::string url;
    std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_key;
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_key;
};

// `origin` is where their documents are served: "https://alice.localhost:4433".
std::vector<Sender> make_senders(int count, const std::string& origin);
// What is to be served at the sender's URL.
std::string actor_document(const Sender& sender);

inline constexpr const char* kKeyId = "2026-11-a";

struct Text {
    std::string body;     // some dozen words, the frequent ones frequent
    std::string payload;  // the posta.text/v1 of it
};
Text make_text(std::uint64_t number);

struct SignedMessage {
    std::size_t sender;
    std::string id;
    std::string sent_at;
    Text text;
    std::string envelope;
    std::array<unsigned char, crypto_sign_BYTES> signature;
};
// How senders make the ids of their messages: ULIDs, eight in a millisecond, or at random.
enum class Ids { timed, random };
// "timed" or "random"; anything else ends the program.
Ids ids_named(std::string_view name);

// `first` numbers the texts; ids are new ones, and all are dated `now`.
std::vector<SignedMessage> make_messages(const std::vector<Sender>& senders, Ids ids,
                                         std::uint64_t first, std::size_t count,
                                         const std::string& recipient, WallTime now);

}  // namespace posta::bench
