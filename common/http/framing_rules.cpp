#include "common/http/framing_rules.h"

#include <array>

namespace posta::http {

namespace {

constexpr std::size_t kMaxLengthDigits = 18;

[[gnu::noinline]] void read_connection(std::string_view value, KnownFields& known) {
    static constexpr std::array kVital = {
        std::string_view("host"),
        std::string_view("content-length"),
        std::string_view("transfer-encoding"),
        std::string_view("expect"),
        std::string_view("authorization"),
        std::string_view("content-type"),
        std::string_view("posta-signature"),
    };
    while (const auto member = next_member(value)) {
        if (!is_token(*member)) known.malformed_connection = true;
        const bool closes = equal_names(*member, "close");
        const bool keeps = equal_names(*member, "keep-alive");
        const bool upgrades = equal_names(*member, "upgrade");
        known.close |= closes;
        known.keep_alive |= keeps;
        known.connection_upgrade |= upgrades;
        if (closes || keeps || upgrades) continue;
        known.lists_fields = true;
        for (const std::string_view vital : kVital)
            if (equal_names(*member, vital)) known.names_vital_field = true;
    }
}

std::optional<Fault> read_length(std::string_view text, std::uint64_t& length) {
    bool plain = !text.empty() && text.size() <= kMaxLengthDigits &&
                 (text.front() != '0' || text.size() == 1);
    length = 0;
    for (const char c : text.substr(0, kMaxLengthDigits)) {
        plain &= c >= '0' && c <= '9';
        length = length * 10 + static_cast<std::uint64_t>(static_cast<unsigned char>(c - '0'));
    }
    if (!plain) return Fault{400, "a Content-Length that is no plain decimal number"};
    return std::nullopt;
}

// Without chunked at its end a request has no length that could be known (RFC 9112 section 6.3);
// what stands before it is only not implemented (6.1). Rare, and so kept out of who calls it.
[[gnu::noinline]] Fault other_coding(std::string_view list) {
    const Fault faulty{400, "a Transfer-Encoding other than chunked"};
    bool foreign = false;
    bool chunked = false;
    while (const auto coding = next_member(list)) {
        if (chunked || !is_token(*coding)) return faulty;
        chunked = equal_names(*coding, "chunked");
        foreign = foreign || !chunked;
    }
    if (!chunked || !foreign) return faulty;
    return {501, "a transfer coding that is not implemented"};
}

}  // namespace

KnownFields find_known(const std::vector<Field>& fields) {
    KnownFields known;
    for (const Field& field : fields) {
        switch (field.known) {
            case FieldName::host:
                known.host = field.value;
                ++known.hosts;
                break;
            case FieldName::expect:
                known.expect = field.value;
                ++known.expects;
                break;
            case FieldName::upgrade:
                known.upgrade = field.value;
                ++known.upgrades;
                break;
            case FieldName::connection:
                read_connection(field.value, known);
                break;
            case FieldName::content_type:
                if (++known.content_types == 1) known.content_type = field.value;
                break;
            case FieldName::content_length:
                known.content_length = field.value;
                ++known.content_lengths;
                break;
            case FieldName::transfer_encoding:
                known.transfer_encoding = field.value;
                ++known.transfer_encodings;
                break;
            case FieldName::other:
            case FieldName::keep_alive:
            case FieldName::te:
            case FieldName::http2_settings:
            case FieldName::proxy_connection:
                break;
        }
    }
    return known;
}

std::optional<Fault> read_framing(const KnownFields& known, int minor_version, Framing& framing) {
    framing = {};
    if (known.content_lengths > 1) return Fault{400, "more than one Content-Length"};
    if (known.transfer_encodings > 0) {
        if (known.content_lengths > 0)
            return Fault{400, "Content-Length and Transfer-Encoding together"};
        if (minor_version == 0) return Fault{400, "Transfer-Encoding in HTTP/1.0"};
        if (known.transfer_encodings > 1) return Fault{400, "more than one Transfer-Encoding"};
        if (!equal_names(known.transfer_encoding, "chunked"))
            return other_coding(known.transfer_encoding);
        framing.kind = BodyKind::chunked;
    } else if (known.content_lengths == 1) {
        if (auto fault = read_length(known.content_length, framing.length)) return fault;
        if (framing.length > 0) framing.kind = BodyKind::length;
    }
    return std::nullopt;
}

}  // namespace posta::http
