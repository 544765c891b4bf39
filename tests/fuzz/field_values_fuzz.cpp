// Values of fields, queries and times that strangers send to a worker, and the log line that they
// may end in. Each reader gives something within its range, or nothing.

#include "common/base/encoding.h"
#include "common/base/log.h"
#include "common/base/rfc3339.h"
#include "common/json/parse.h"
#include "tests/fuzz/target.h"
#include "worker/auth/bearer.h"
#include "worker/http/etag.h"
#include "worker/http/negotiation.h"
#include "worker/http/query.h"
#include "worker/outbox/delivery_rules.h"

namespace posta::worker {
namespace {

WallTime some_time() { return *parse_time("2026-05-10T12:00:00.000Z"); }

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) out += '%' + hex_encode(std::string_view(&c, 1));
    return out;
}

void expect_query(std::string_view name, std::string_view value) {
    const std::string pair = percent_encoded(name) + "=" + percent_encoded(value);
    CHECK(query_parameter(pair, name) == value);
    CHECK(query_parameter(pair + "&" + pair + "x", name) == value);
    if (name != "q") CHECK(query_parameter("q=1&" + pair, name) == value);
    // Raw: never more than what stands there.
    const auto raw = query_parameter(value, name);
    CHECK(!raw || raw->size() <= value.size());
    CHECK(query_parameter(value, std::string(name) + "\x01 no such name").has_value() == false ||
          value.find('%') != value.npos || value.find(' ') != value.npos);
}

void expect_negotiation(std::string_view text) {
    for (const std::string_view subtype : {"html", "plain"}) {
        const int quality = quality_of(text, "text", subtype);
        CHECK(quality >= 0 && quality <= 1000);
    }
    if (preferred_form(text) == Form::page) CHECK(quality_of(text, "text", "html") > 0);
    const std::string tag = etag_of(text);
    CHECK(none_match_names(tag, tag) && none_match_names("W/" + tag, tag));
    CHECK(none_match_names("\"other\", " + tag, tag));
    if (none_match_names(text, tag))
        CHECK(text.find('*') != text.npos || text.find(tag) != text.npos);
}

void expect_times(std::string_view text) {
    if (const auto time = parse_time(text)) {
        const std::string written = format_time(*time);
        CHECK(parse_time(written) == *time && format_time(*parse_time(written)) == written);
    }
    const auto after = parse_retry_after(text, some_time());
    CHECK(!after || after->count() >= 0);
    for (const int attempts : {1, 4}) {
        const auto wait = wait_after(attempts, text, some_time(), 0.5);
        CHECK(wait && wait->count() > 0 && *wait <= kLongestWait);
    }
    CHECK(!wait_after(5, text, some_time(), 0.5));
}

void expect_bearer(std::string_view text) {
    const auto token = bearer_token(text);
    if (!token) return;
    CHECK(text.ends_with(*token) && token->starts_with("mst_"));
    CHECK(base64url_decode(token->substr(4))->size() == 32);
}

void expect_log_line(std::string_view text) {
    for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
        const std::string line =
            format_log_line(some_time(), LogLevel::warn, format, "arne", "event",
                            {{"client", std::string(text)}, {"n", 1}});
        for (const char c : line) CHECK(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
        if (format == LogFormat::json) {
            const auto json = json::parse(line);
            CHECK(json && json->kind() == json::Kind::object);
        }
    }
}

}  // namespace
}  // namespace posta::worker

// A name, a line feed, a value.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta::worker;
    const std::string_view text = posta::fuzz::text_of(data, size);
    const std::string_view name = text.substr(0, text.find('\n'));
    const std::string_view value = text.substr(std::min(name.size() + 1, text.size()));
    expect_query(name, value);
    expect_negotiation(value);
    expect_times(value);
    expect_bearer(value);
    expect_log_line(value);
    return 0;
}
