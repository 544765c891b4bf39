#include "supervisor/front/proxy_header.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

using std::string_literals::operator""s;
using Verdict = ProxyHeader::Verdict;

// Of the IPv4 header below with this field in it; reckoned by another program.
const std::string kChecksum = "\x1e\x13\x63\x66";

constexpr std::string_view kRest = "GET / HTTP/1.1\r\n";

// "192.0.2.1", "own", "more" or "refused", and what is left; cut into pieces of that size.
std::string reading_of(const std::string& header, std::size_t piece) {
    ProxyHeader reader;
    const std::string bytes = header + std::string(kRest);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const std::string part = bytes.substr(at, piece);
        std::string_view rest = part;
        const Verdict verdict = reader.read(rest);
        if (verdict == Verdict::fault) return "refused";
        if (verdict == Verdict::need_more) continue;
        EXPECT_EQ(std::string(rest) + bytes.substr(std::min(at + piece, bytes.size())), kRest);
        return reader.client() ? reader.client()->text() : "own";
    }
    return "more";
}

std::string binary(char command, char family, const std::string& rest) {
    const auto length = static_cast<unsigned>(rest.size());
    return "\r\n\r\n\0\r\nQUIT\n"s + command + family + static_cast<char>(length >> 8) +
           static_cast<char>(length & 0xff) + rest;
}

struct Row {
    const char* what;
    std::string header;
    std::string expected;
};

const std::vector<Row>& rows() {
    static const std::string v4 = "\xc0\x00\x02\x01\xc6\x33\x64\x02\x01\xbb\x00\x50"s;
    static const std::string v6 =
        "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\x01\xbb\0\x50"s;
    static const std::string name = "\x02\x00\x04host"s;
    static const std::vector<Row> table = {
        {"line, IPv4", "PROXY TCP4 192.0.2.1 198.51.100.2 443 80\r\n", "192.0.2.1"},
        {"line, IPv6", "PROXY TCP6 2001:db8::1 2001:db8::2 443 80\r\n", "2001:db8::1"},
        {"line, highest port", "PROXY TCP4 192.0.2.1 198.51.100.2 65535 0\r\n", "192.0.2.1"},
        {"line, unknown", "PROXY UNKNOWN\r\n", "own"},
        {"line, unknown with more", "PROXY UNKNOWN 2001:db8::1 x y z\r\n", "own"},
        {"line, as long as it may be", "PROXY UNKNOWN " + std::string(91, 'x') + "\r\n", "own"},
        {"line, too long", "PROXY UNKNOWN " + std::string(92, 'x') + "\r\n", "refused"},
        {"line, endless", "PROXY UNKNOWN " + std::string(500, 'x'), "refused"},
        {"line, other family", "PROXY UDP4 192.0.2.1 198.51.100.2 443 80\r\n", "refused"},
        {"line, lower case", "proxy TCP4 192.0.2.1 198.51.100.2 443 80\r\n", "refused"},
        {"line, other word", "PROXIES 1\r\n", "refused"},
        {"line, no family", "PROXY \r\n", "refused"},
        {"line, two spaces", "PROXY  TCP4 192.0.2.1 198.51.100.2 443 80\r\n", "refused"},
        {"line, space at end", "PROXY TCP4 192.0.2.1 198.51.100.2 443 80 \r\n", "refused"},
        {"line, a port too few", "PROXY TCP4 192.0.2.1 198.51.100.2 443\r\n", "refused"},
        {"line, a port too many", "PROXY TCP4 192.0.2.1 198.51.100.2 443 80 81\r\n", "refused"},
        {"line, wrong family", "PROXY TCP4 2001:db8::1 2001:db8::2 443 80\r\n", "refused"},
        {"line, wrong family too", "PROXY TCP6 192.0.2.1 198.51.100.2 443 80\r\n", "refused"},
        {"line, address with zeros", "PROXY TCP4 192.0.02.1 198.51.100.2 443 80\r\n", "refused"},
        {"line, address too high", "PROXY TCP4 192.0.2.256 198.51.100.2 443 80\r\n", "refused"},
        {"line, address cut", "PROXY TCP4 192.0.2 198.51.100.2 443 80\r\n", "refused"},
        {"line, name", "PROXY TCP4 localhost 198.51.100.2 443 80\r\n", "refused"},
        {"line, zone", "PROXY TCP6 fe80::1%eth0 2001:db8::2 443 80\r\n", "refused"},
        {"line, NUL in address", "PROXY TCP4 192.0.2.1\0 198.51.100.2 443 80\r\n"s, "refused"},
        {"line, port too high", "PROXY TCP4 192.0.2.1 198.51.100.2 65536 80\r\n", "refused"},
        {"line, port with zeros", "PROXY TCP4 192.0.2.1 198.51.100.2 0443 80\r\n", "refused"},
        {"line, port with sign", "PROXY TCP4 192.0.2.1 198.51.100.2 +443 80\r\n", "refused"},
        {"line, bare LF", "PROXY TCP4 192.0.2.1 198.51.100.2 443 80\n", "refused"},
        {"line, bare CR", "PROXY TCP4 192.0.2.1 198.51.100.2 443 80\rx", "refused"},

        {"IPv4", binary(0x21, 0x11, v4), "192.0.2.1"},
        {"IPv6", binary(0x21, 0x21, v6), "2001:db8::1"},
        {"IPv4 with a field", binary(0x21, 0x11, v4 + name), "192.0.2.1"},
        {"IPv6 with fields", binary(0x21, 0x21, v6 + name + "\x04\x00\x00"s + name), "2001:db8::1"},
        {"right checksum", binary(0x21, 0x11, v4 + "\x03\x00\x04"s + kChecksum), "192.0.2.1"},
        {"wrong checksum", binary(0x21, 0x11, v4 + "\x03\x00\x04\x00\x00\x00\x00"s), "refused"},
        {"short checksum", binary(0x21, 0x11, v4 + "\x03\x00\x02\x00\x00"s), "refused"},
        {"local", binary(0x20, 0x00, ""), "own"},
        {"local with addresses", binary(0x20, 0x11, v4), "own"},
        {"local with anything", binary(0x20, 0x77, "anything"), "own"},
        {"unspecified", binary(0x21, 0x00, ""), "own"},
        {"unspecified with a field", binary(0x21, 0x00, name), "own"},
        {"Unix", binary(0x21, 0x31, std::string(216, '\0')), "own"},
        {"Unix, cut", binary(0x21, 0x31, std::string(215, '\0')), "refused"},
        {"UDP", binary(0x21, 0x12, v4), "refused"},
        {"UDP over IPv6", binary(0x21, 0x22, v6), "refused"},
        {"unknown family", binary(0x21, 0x41, v6), "refused"},
        {"unknown transport", binary(0x21, 0x13, v4), "refused"},
        {"version 1", binary(0x11, 0x11, v4), "refused"},
        {"version 3", binary(0x31, 0x11, v4), "refused"},
        {"unknown command", binary(0x22, 0x11, v4), "refused"},
        {"IPv4, too short", binary(0x21, 0x11, v4.substr(1)), "refused"},
        {"IPv6, too short", binary(0x21, 0x21, v4), "refused"},
        {"half a field", binary(0x21, 0x11, v4 + "\x02"s), "refused"},
        {"a field that is too long", binary(0x21, 0x11, v4 + "\x02\x00\x05host"s), "refused"},
        {"fields up to the bound", binary(0x21, 0x00, "\x04\x07\xfd"s + std::string(2045, 'x')),
         "own"},
        {"more than the bound", binary(0x21, 0x00, "\x04\x07\xfe"s + std::string(2046, 'x')),
         "refused"},
        {"bad signature", "\r\n\r\n\0\r\nQUIX\n\x21\x11\x00\x0c"s + v4, "refused"},

        {"HTTP", "GET /x HTTP/1.1\r\n", "refused"},
        {"an empty line", "\r\nGET / HTTP/1.1\r\n", "refused"},
        {"HTTP that begins with P", "POST / HTTP/1.1\r\n", "refused"},
        {"TLS", "\x16\x03\x01\x02\x00", "refused"},
    };
    return table;
}

TEST(ProxyHeader, GivesEachHeaderItsVerdictHoweverItIsCut) {
    for (const Row& row : rows())
        for (const std::size_t piece : {std::size_t{5000}, std::size_t{1}, std::size_t{7}})
            EXPECT_EQ(reading_of(row.header, piece), row.expected) << row.what << " " << piece;
}

TEST(ProxyHeader, WaitsForEveryByteOfItself) {
    const std::string line = "PROXY TCP4 192.0.2.1 198.51.100.2 443 80\r\n";
    const std::string other =
        binary(0x21, 0x11, "\xc0\x00\x02\x01\xc6\x33\x64\x02\x01\xbb\x00\x50"s);
    for (const std::string& header : {line, other}) {
        for (std::size_t length = 0; length < header.size(); ++length) {
            ProxyHeader reader;
            const std::string part = header.substr(0, length);
            std::string_view rest = part;
            EXPECT_EQ(reader.read(rest), Verdict::need_more) << length;
            EXPECT_TRUE(rest.empty());
        }
    }
}

}  // namespace
}  // namespace posta::supervisor
