// A PROXY header and what follows it: one verdict however the bytes are cut, exactly the header is
// taken off, and the client is the one that stands in it.

#include "supervisor/front/proxy_header.h"

#include "tests/fuzz/target.h"

namespace posta::supervisor {
namespace {

using Verdict = ProxyHeader::Verdict;

struct Reading {
    ProxyHeader header;
    Verdict verdict = Verdict::need_more;
    std::size_t taken = 0;
};

Reading read_whole(std::string_view bytes) {
    Reading reading;
    std::string_view rest = bytes;
    reading.verdict = reading.header.read(rest);
    reading.taken = bytes.size() - rest.size();
    return reading;
}

Reading read_pieces(std::string_view bytes, fuzz::Pieces& pieces) {
    Reading reading;
    pieces.feed(bytes, [&reading](std::string_view piece) {
        std::string_view rest = piece;
        reading.verdict = reading.header.read(rest);
        reading.taken += piece.size() - rest.size();
        CHECK(reading.verdict != Verdict::need_more || rest.empty());
        return reading.verdict == Verdict::need_more;
    });
    return reading;
}

void expect_same(const Reading& one, const Reading& other) {
    CHECK(one.verdict == other.verdict && one.taken == other.taken);
    CHECK(one.header.client() == other.header.client());
    CHECK(std::string_view(one.header.fault_reason()) == other.header.fault_reason());
}

void expect_line(std::string_view header, const std::optional<IpAddress>& client) {
    CHECK(header.size() <= 107 && header.ends_with("\r\n"));
    CHECK(header.substr(0, header.size() - 2).find_first_of("\r\n") == header.npos);
    if (!client) {
        CHECK(header.starts_with("PROXY UNKNOWN"));
        return;
    }
    // Said again in our own words.
    const std::string family = client->is_v4() && header[9] == '4' ? "TCP4 " : "TCP6 ";
    std::string text = client->text();
    if (family == "TCP6 " && client->is_v4()) text = "::ffff:" + text;
    const std::string other = family == "TCP4 " ? " 192.0.2.1" : " 2001:db8::1";
    const Reading again = read_whole("PROXY " + family + text + other + " 1 2\r\n");
    CHECK(again.verdict == Verdict::complete && again.header.client() == client);
}

void expect_binary(std::string_view header, const std::optional<IpAddress>& client) {
    CHECK(header.size() >= 16);
    const auto byte = [&](std::size_t at) {
        return std::uint32_t{static_cast<unsigned char>(header[at])};
    };
    CHECK(header.size() == 16U + (byte(14) << 8 | byte(15)));
    const bool v4 = byte(13) == 0x11;
    CHECK(client.has_value() == (byte(12) == 0x21 && (v4 || byte(13) == 0x21)));
    if (client) CHECK(*client == IpAddress::from_bytes(header.substr(16, v4 ? 4 : 16)));
}

}  // namespace
}  // namespace posta::supervisor

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta::supervisor;
    posta::fuzz::Input input(data, size);
    posta::fuzz::Pieces pieces(input);
    const std::string_view bytes = input.rest();
    const Reading whole = read_whole(bytes);
    expect_same(whole, read_pieces(bytes, pieces));
    CHECK(whole.verdict != Verdict::need_more || whole.taken == bytes.size());
    if (whole.verdict != Verdict::complete) return 0;

    const std::string_view header = bytes.substr(0, whole.taken);
    expect_same(whole, read_whole(header));
    CHECK(read_whole(header.substr(0, header.size() - 1)).verdict == Verdict::need_more);
    if (header.starts_with("PROXY ")) {
        expect_line(header, whole.header.client());
    } else {
        expect_binary(header, whole.header.client());
    }
    return 0;
}
