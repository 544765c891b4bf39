#include "supervisor/front/request_id.h"

#include <algorithm>

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

RequestIds::RequestIds() : RequestIds(hex_encode(random_bytes(kSeriesBytes)) + "-") {}

RequestIds::RequestIds(std::string series)
    : series_bytes_(series.size()), last_(std::move(series)) {}

void RequestIds::name(const http::RequestHead& head, const ClientPeer& peer, std::string& id) {
    if (peer.trusted) {
        const auto given = head.only(contracts::kRequestIdField);
        if (given && is_fit(*given)) return void(id.assign(*given));
    }
    count_up();
    id.assign(last_);
}

// The text itself is the counter: most numbers differ from the one before in one digit.
void RequestIds::count_up() {
    for (std::size_t at = last_.size(); at > series_bytes_; --at) {
        char& digit = last_[at - 1];
        if (digit != 'f') {
            digit = digit == '9' ? 'a' : static_cast<char>(digit + 1);
            return;
        }
        digit = '0';
    }
    last_.insert(series_bytes_, 1, '1');
}

}  // namespace posta::supervisor
