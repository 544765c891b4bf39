#include "worker/http/etag.h"

#include <sodium.h>

#include <array>

#include "common/base/encoding.h"

namespace posta::worker {

namespace {

std::string_view without_leading(std::string_view text, std::string_view characters) {
    const std::size_t start = text.find_first_not_of(characters);
    return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

}  // namespace

std::string etag_of(std::string_view bytes) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                       bytes.size());
    // Half of the hash: two versions that collide by chance do not happen, and nobody gains by
    // making them collide.
    const std::string_view half(reinterpret_cast<const char*>(hash.data()), hash.size() / 2);
    return '"' + hex_encode(half) + '"';
}

bool none_match_names(std::string_view list, std::string_view etag) {
    list = without_leading(list, " \t");
    if (list == "*") return true;
    while (!list.empty()) {
        if (list.starts_with("W/")) list.remove_prefix(2);
        if (!list.starts_with('"')) return false;
        const std::size_t end = list.find('"', 1);
        if (end == std::string_view::npos) return false;
        if (list.substr(0, end + 1) == etag) return true;
        list = without_leading(list.substr(end + 1), " \t,");
    }
    return false;
}

}  // namespace posta::worker
