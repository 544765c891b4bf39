#include "worker/outbox/delivery_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/base/rfc3339.h"
#include "common/json/parse.h"

namespace posta::worker {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::chrono::seconds, 4> kWaits{5s, 30s, 5min, 30min};
constexpr std::chrono::seconds kMaxRetryAfter{1h};
constexpr double kJitterShare = 0.1;
constexpr std::size_t kMaxCodeBytes = 64;
constexpr std::string_view kUnreachable = "unreachable";

// The peer's reason goes into our database and to our clients: only what looks like a code does.
std::optional<std::string> code_in(std::string_view error_body) {
    const auto parsed = json::parse(error_body);
    if (!parsed) return std::nullopt;
    const json::Value* error = parsed->find("error");
    const auto code = error != nullptr ? error->string() : std::nullopt;
    const bool sane = code && !code->empty() && code->size() <= kMaxCodeBytes &&
                      std::all_of(code->begin(), code->end(), [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                      });
    if (!sane) return std::nullopt;
    return std::string(*code);
}

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form that senders may still use.
std::optional<WallTime> parse_http_date(std::string_view text) {
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") {
        return std::nullopt;
    }
    const std::size_t month = kMonths.find(text.substr(8, 3));
    if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
    const std::string number = std::to_string(month / 3 + 1);
    return parse_time(std::string(text.substr(12, 4)) + "-" + (number.size() == 1 ? "0" : "") +
                      number + "-" + std::string(text.substr(5, 2)) + "T" +
                      std::string(text.substr(17, 8)) + "Z");
}

}  // namespace

DeliveryJudgement judge_answer(int status, std::string_view error_body) {
    if (status >= 200 && status < 300) return {DeliveryClass::delivered, ""};
    std::string code = code_in(error_body).value_or("http-" + std::to_string(status));
    if (status == 409 && code == "duplicate-id") return {DeliveryClass::delivered, ""};
    if (status == 429 || status >= 500) return {DeliveryClass::transient, std::move(code)};
    return {DeliveryClass::permanent, std::move(code)};
}

DeliveryJudgement judge_silence() { return {DeliveryClass::transient, std::string(kUnreachable)}; }

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, WallTime now) {
    if (const auto date = parse_http_date(value)) {
        return std::max(std::chrono::ceil<std::chrono::seconds>(*date - now), 0s);
    }
    std::uint32_t seconds = 0;
    const char* end = value.data() + value.size();
    const auto [stopped, fault] = std::from_chars(value.data(), end, seconds);
    if (fault == std::errc::result_out_of_range) return kMaxRetryAfter;
    if (fault != std::errc() || stopped != end) return std::nullopt;
    return std::chrono::seconds(seconds);
}

std::optional<std::chrono::milliseconds> wait_after(int attempts, std::string_view retry_after,
                                                    WallTime now, double jitter) {
    const auto failed = static_cast<std::size_t>(std::max(attempts, 1));
    if (failed > kWaits.size()) return std::nullopt;
    std::chrono::milliseconds wait = kWaits[failed - 1];
    if (const auto asked = parse_retry_after(retry_after, now)) {
        wait = std::max<std::chrono::milliseconds>(wait, std::min(*asked, kMaxRetryAfter));
    }
    const auto extra = static_cast<double>(wait.count()) * kJitterShare * jitter;
    return wait + std::chrono::milliseconds(static_cast<long>(extra));
}

std::chrono::milliseconds wait_left(int attempts, std::string_view error_code,
                                    std::chrono::milliseconds left) {
    const auto failed =
        std::clamp<std::size_t>(static_cast<std::size_t>(std::max(attempts, 1)), 1, kWaits.size());
    const std::chrono::milliseconds usual = kWaits[failed - 1];
    const std::chrono::milliseconds with_jitter =
        usual + std::chrono::milliseconds(
                    static_cast<long>(static_cast<double>(usual.count()) * kJitterShare));
    const std::chrono::milliseconds longest =
        error_code == kUnreachable ? with_jitter
                                   : std::max<std::chrono::milliseconds>(with_jitter, kLongestWait);
    if (left > longest) return usual;
    return std::max(left, std::chrono::milliseconds(0));
}

}  // namespace posta::worker
