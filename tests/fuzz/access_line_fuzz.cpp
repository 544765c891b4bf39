// The access log of requests whose every text a stranger chose: one line each, bounded, of no
// control characters, in JSON readable again; and a request id is a trusted proxy's only when it
// is fit to stand in it.

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "common/base/unique_fd.h"
#include "common/json/parse.h"
#include "supervisor/front/access_log.h"
#include "supervisor/front/request_id.h"
#include "tests/fuzz/target.h"

namespace posta::supervisor {
namespace {

constexpr std::string_view kFit =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/+=@";

// Who a client is said to be is an address, by a trusted proxy, too.
constexpr std::size_t kMaxAddress = 45;

std::string expect_id(std::string_view given) {
    http::RequestHead head;
    head.fields.push_back({"X-Request-Id", given, {}});
    ClientPeer peer{*IpAddress::from_text("192.0.2.1"), "192.0.2.1", false};
    RequestIds ids("s-");
    std::string id;
    ids.name(head, peer, id);
    CHECK(id == "s-1");
    peer.trusted = true;
    ids.name(head, peer, id);
    const bool fit = !given.empty() && given.size() <= 128 &&
                     given.find_first_not_of(kFit) == std::string_view::npos;
    CHECK(id == (fit ? given : "s-2"));
    return id;
}

// What an access log with that format writes.
template <class Write>
std::string written(LogFormat format, Write write) {
    std::array<int, 2> ends{};
    CHECK(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    const UniqueFd reading(ends[0]);
    const UniqueFd writing(ends[1]);
    const SystemClock clock;
    Log log(clock, "front", LogLevel::info, format, writing.get());
    AccessLog access(log);
    write(access);
    std::array<char, 65536> bytes{};
    const ssize_t count = ::read(reading.get(), bytes.data(), bytes.size());
    return {bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

void expect_line(std::string_view line, LogFormat format) {
    CHECK(line.ends_with('\n') && line.size() <= 2048);
    line.remove_suffix(1);
    for (const char c : line) CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    if (format == LogFormat::text) return;
    const auto json = json::parse(line);
    CHECK(json && json->kind() == json::Kind::object && json->find("tenant") != nullptr);
}

}  // namespace
}  // namespace posta::supervisor

// Five texts, each behind a byte that says how long it is (tens of bytes).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta::supervisor;
    posta::fuzz::Input input(data, size);
    std::array<std::string, 5> texts;
    for (std::string& text : texts) text.assign(input.bytes(std::size_t{input.byte()} * 10));
    AccessEntry entry;
    entry.mode = posta::manifest::AccessLog::all;
    entry.picked = true;
    entry.client = texts[0].substr(0, kMaxAddress);
    entry.method = texts[1];
    entry.path = texts[2];
    entry.host = texts[3];
    const std::string id = expect_id(texts[4]);
    for (const auto format : {posta::LogFormat::text, posta::LogFormat::json}) {
        for (const char* tenant : {"", "arne"}) {
            entry.tenant = tenant;
            expect_line(written(format,
                                [&](AccessLog& log) {
                                    log.write(entry, id, {"refused", 404}, 1);
                                }),
                        format);
        }
        expect_line(written(format,
                            [&](AccessLog& log) {
                                log.set_strangers(posta::manifest::AccessLog::all);
                                log.write_fault(entry.client, {"refused", 400}, "a bare LF", 1);
                            }),
                    format);
    }
    return 0;
}
