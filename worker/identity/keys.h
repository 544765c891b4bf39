#pragma once
// The keys of one identity: keys.json (wire.md section 8), read once into locked memory.
//
// Every key is published; the newest signs. The private halves live in memory that libsodium locks
// and wipes; the texts that they pass through while being read are wiped too.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace posta::worker {

constexpr std::size_t kMaxKeys = 16;
constexpr std::size_t kMaxKeyIdBytes = 128;
constexpr std::size_t kMaxKeysFileBytes = 65'536;

// Overwrites a text that held a secret.
void wipe(std::string& text) noexcept;

// The 64 bytes (seed, then public key) that libsodium signs with.
class PrivateKey {
public:
    // Takes 32 bytes (a seed) or 64; nothing else. `invalid` when the public half of 64 bytes does
    // not belong to the seed.
    static Result<PrivateKey> from_bytes(std::string_view bytes);
    static PrivateKey generate();

    std::string public_key() const;                  // 32 bytes
    std::string sign(std::string_view bytes) const;  // 64 bytes, Ed25519
    // A view of the locked memory.
    std::string_view bytes() const;

private:
    struct Wiper {
        void operator()(unsigned char* memory) const noexcept;
    };
    PrivateKey();
    std::unique_ptr<unsigned char, Wiper> bytes_;
};

struct Key {
    std::string id;
    std::string public_key;  // 32 bytes
    WallTime created_at;
    std::string created_at_text;  // as it stands in the file
    PrivateKey private_key;
};

class KeyRing {
public:
    // Reads the file. `denied` when group or others can read it, `invalid` naming the key and the
    // member that is wrong.
    static Result<KeyRing> load(const std::string& path);
    static Result<KeyRing> parse(std::string_view json);

    const std::vector<Key>& keys() const { return keys_; }  // in the order of the file
    // The newest `createdAt`; ties go to the later entry.
    const Key& signing_key() const { return keys_[signing_]; }

private:
    KeyRing(std::vector<Key> keys, std::size_t signing)
        : keys_(std::move(keys)), signing_(signing) {}
    std::vector<Key> keys_;
    std::size_t signing_;
};

// Reads keys.json after checking that it is a regular file for its owner alone. Wipe the text after
// use.
Result<std::string> read_keys_file(const std::string& path);

}  // namespace posta::worker
