#include "common/base/random_id.h"

#include <sodium.h>

#include "common/base/check.h"

namespace posta {

void start_crypto() { CHECK(sodium_init() >= 0); }

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    randombytes_buf(bytes.data(), bytes.size());
    return bytes;
}

std::string make_ulid(WallTime now) {
    static constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::string id(26, '0');
    auto milliseconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
    for (std::size_t at = 10; at-- > 0; milliseconds >>= 5) id[at] = kAlphabet[milliseconds & 31];
    // 80 random bits are sixteen characters; a random byte's low five bits are as good as any.
    const std::string random = random_bytes(16);
    for (std::size_t at = 0; at < 16; ++at)
        id[10 + at] = kAlphabet[static_cast<unsigned char>(random[at]) & 31];
    return id;
}

}  // namespace posta
