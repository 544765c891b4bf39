#include "supervisor/front/proxy_header.h"

#include <array>
#include <cstdint>
#include <vector>

namespace posta::supervisor {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kLineStart = "PROXY ";
constexpr std::size_t kMaxLineBytes = 107;
constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t kFixedBytes = 16;  // signature, command, family, length
constexpr std::size_t kMaxBinaryBytes = kFixedBytes + 2048;
constexpr std::size_t kFieldHeadBytes = 3;
constexpr std::uint8_t kChecksumField = 0x03;

std::size_t byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

std::size_t number_at(std::string_view bytes, std::size_t at) {
    return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    for (;;) {
        const std::size_t space = line.find(' ');
        words.push_back(line.substr(0, space));
        if (space == std::string_view::npos) return words;
        line.remove_prefix(space + 1);
    }
}

bool is_port(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] == '0' && text.size() > 1)) return false;
    int port = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
        port = port * 10 + (c - '0');
    }
    return port <= 65535;
}

// RFC 3720's CRC32c, over a header whose own checksum counts as zero.
std::uint32_t checksum_of(std::string_view header, std::size_t checksum_at) {
    constexpr std::uint32_t kPolynomial = 0x82f63b78;
    std::uint32_t sum = 0xffffffff;
    for (std::size_t at = 0; at < header.size(); ++at) {
        const bool own = at >= checksum_at && at < checksum_at + 4;
        sum ^= own ? 0U : static_cast<std::uint32_t>(byte_at(header, at));
        for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ (kPolynomial & (0U - (sum & 1U)));
    }
    return ~sum;
}

}  // namespace

ProxyHeader::Verdict ProxyHeader::fault(const char* reason) {
    fault_reason_ = reason;
    return Verdict::fault;
}

ProxyHeader::Verdict ProxyHeader::read(std::string_view& rest) {
    while (!rest.empty()) {
        const char c = rest.front();
        rest.remove_prefix(1);
        const Verdict verdict = take(c);
        if (verdict != Verdict::need_more) return verdict;
    }
    return Verdict::need_more;
}

ProxyHeader::Verdict ProxyHeader::take(char c) {
    bytes_ += c;
    return bytes_[0] == kLineStart[0] ? take_line(c) : take_binary();
}

ProxyHeader::Verdict ProxyHeader::take_line(char c) {
    const std::size_t size = bytes_.size();
    if (size <= kLineStart.size()) {
        if (c != kLineStart[size - 1]) return fault("no PROXY header");
        return Verdict::need_more;
    }
    const bool after_cr = bytes_[size - 2] == '\r';
    if (after_cr != (c == '\n')) return fault("a PROXY line that does not end with CRLF");
    if (after_cr) return read_line();
    if (size >= kMaxLineBytes) return fault("a PROXY line that is too long");
    return Verdict::need_more;
}

ProxyHeader::Verdict ProxyHeader::read_line() {
    const std::string_view line(bytes_.data(), bytes_.size() - 2);
    const std::vector<std::string_view> words = words_of(line);
    if (words[1] == "UNKNOWN") return Verdict::complete;  // what follows is to be ignored
    const bool v4 = words[1] == "TCP4";
    if (!v4 && words[1] != "TCP6") return fault("a PROXY line of an unknown family");
    if (words.size() != 6) return fault("a PROXY line that is not two addresses and two ports");
    for (std::size_t at = 2; at < 4; ++at) {
        const bool written_as_v4 = words[at].find(':') == std::string_view::npos;
        if (written_as_v4 != v4 || words[at].find('\0') != std::string_view::npos ||
            !IpAddress::from_text(words[at]))
            return fault("a PROXY line with a malformed address");
    }
    if (!is_port(words[4]) || !is_port(words[5]))
        return fault("a PROXY line with a malformed port");
    client_ = IpAddress::from_text(words[2]);
    return Verdict::complete;
}

ProxyHeader::Verdict ProxyHeader::take_binary() {
    const std::size_t size = bytes_.size();
    if (size <= kSignature.size()) {
        if (bytes_.back() != kSignature[size - 1]) return fault("no PROXY header");
        return Verdict::need_more;
    }
    if (size < kFixedBytes) return Verdict::need_more;
    const std::size_t whole = kFixedBytes + number_at(bytes_, 14);
    if (whole > kMaxBinaryBytes) return fault("a PROXY header that is too long");
    return size < whole ? Verdict::need_more : read_binary();
}

ProxyHeader::Verdict ProxyHeader::read_binary() {
    constexpr std::size_t kLocal = 0x20;
    constexpr std::size_t kProxied = 0x21;
    const std::size_t command = byte_at(bytes_, 12);
    if (command == kLocal) return Verdict::complete;
    if (command != kProxied) return fault("a PROXY header of another version or command");

    std::size_t address_bytes = 0;
    std::size_t both_ends = 0;
    switch (byte_at(bytes_, 13)) {
        case 0x00:
            return read_fields(kFixedBytes);
        case 0x11:
            address_bytes = 4;
            both_ends = 12;
            break;
        case 0x21:
            address_bytes = 16;
            both_ends = 36;
            break;
        case 0x31:
            both_ends = 216;  // Unix sockets: nobody's address
            break;
        default:
            return fault("a PROXY header of another family");
    }
    if (bytes_.size() < kFixedBytes + both_ends)
        return fault("a PROXY header without room for its addresses");
    if (address_bytes > 0)
        client_ =
            IpAddress::from_bytes(std::string_view(bytes_).substr(kFixedBytes, address_bytes));
    return read_fields(kFixedBytes + both_ends);
}

ProxyHeader::Verdict ProxyHeader::read_fields(std::size_t at) {
    while (at < bytes_.size()) {
        const std::size_t left = bytes_.size() - at;
        if (left < kFieldHeadBytes) return fault("a PROXY header with half a field");
        const std::size_t length = number_at(bytes_, at + 1);
        if (length > left - kFieldHeadBytes) return fault("a PROXY header with half a field");
        if (byte_at(bytes_, at) == kChecksumField) {
            if (length != 4) return fault("a PROXY header with a malformed checksum");
            const std::size_t value = at + kFieldHeadBytes;
            const std::size_t sum = number_at(bytes_, value) << 16 | number_at(bytes_, value + 2);
            if (sum != checksum_of(bytes_, value))
                return fault("a PROXY header with a wrong checksum");
        }
        at += kFieldHeadBytes + length;
    }
    return Verdict::complete;
}

}  // namespace posta::supervisor
