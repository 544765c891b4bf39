#include "supervisor/front/request_id.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/base/encoding.h"
#include "common/base/random_id.h"
#include "common/contracts/forwarded.h"

namespace posta::supervisor {

namespace {

constexpr std::size_t kSeriesBytes = 6;
constexpr std::size_t kMaxIdBytes = 128;

bool is_fit(std::string_view id) {
    if (id.empty() || id.size() > kMaxIdBytes) return false;
    return std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._~:/+=@").find(c) != std::string_view::npos;
    });
}

}  // namespace

RequestIds::RequestIds() : series_(hex_encode(random_bytes(kSeriesBytes)) + "-") {}

void RequestIds::name(const http::RequestHead& head, const ClientPeer& peer, std::string& id) {
    if (peer.trusted) {
        const auto given = head.only(contracts::kRequestIdField);
        if (given && is_fit(*given)) return void(id.assign(*given));
    }
    std::array<char, 16> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), ++last_, 16);
    id.assign(series_).append(digits.data(), written.ptr);
}

}  // namespace posta::supervisor
