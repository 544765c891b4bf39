#include "supervisor/front/forwarding.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "common/contracts/forwarded.h"
#include "supervisor/front/wire_run.h"

namespace posta::supervisor {

namespace {

using contracts::kClientAddressField;
using contracts::kForwardedForField;
using contracts::kForwardedProtoField;
using contracts::kRequestIdField;
using http::concerns_one_connection;
using http::equal_names;
using http::Field;
using http::FieldName;

constexpr std::string_view kForwardedHostField = "X-Forwarded-Host";
constexpr std::string_view kVersion11 = " HTTP/1.1\r\n";
constexpr std::string_view kVersion10 = " HTTP/1.0\r\n";

// All values of Connection, looked at field by field; most heads have one such field or none.
bool listed_in_connection(const std::vector<Field>& fields, std::string_view name) {
    for (const Field& field : fields) {
        if (field.known != FieldName::connection) continue;
        std::string_view list = field.value;
        while (const auto member = http::next_member(list))
            if (equal_names(*member, name)) return true;
    }
    return false;
}

// What is set by us, and so not passed on.
bool is_ours_to_say(std::string_view name) {
    return equal_names(name, kRequestIdField) || equal_names(name, "forwarded") ||
           equal_names(name, kClientAddressField) || equal_names(name.substr(0, 11), "x-forwarded");
}

bool is_first_letter(std::string_view name, char lower_case) {
    return (name.front() | 0x20) == lower_case;
}

// Room that a head of ours needs beside the lines that are passed on.
constexpr std::size_t kRoomForOurs = 256;

// Appends to a string whose room is asked for once.
class HeadWriter {
public:
    HeadWriter(std::string& out, std::size_t room) : out_(out) { make_room(out.size(), room); }
    HeadWriter(const HeadWriter&) = delete;
    HeadWriter& operator=(const HeadWriter&) = delete;
    ~HeadWriter() { out_.resize(size()); }

    // Inline, so that what is known when this is compiled costs a few moves, and with one look at
    // the room for all pieces.
    template <class... Pieces>
    [[gnu::always_inline]] void add(const Pieces&... pieces) {
        const std::size_t sum = (std::size_t{0} + ... + std::string_view(pieces).size());
        if (sum > static_cast<std::size_t>(end_ - at_)) make_room(size(), sum + kRoomForOurs);
        (put(pieces), ...);
    }
    [[gnu::always_inline]] void add_field(std::string_view name, std::string_view value) {
        add(name, ": ", value, "\r\n");
    }
    // Lines that stand side by side go in one piece, with the next call that is not this one.
    void pass_on(std::string_view line) {
        if (lines_.add(line)) return;
        add_lines();
        lines_.add(line);
    }
    void add_lines() {
        add(lines_.bytes());
        lines_.clear();
    }

private:
    std::size_t size() const { return static_cast<std::size_t>(at_ - out_.data()); }
    void make_room(std::size_t used, std::size_t room) {
        out_.resize(used + room);
        at_ = out_.data() + used;
        end_ = at_ + room;
    }
    [[gnu::always_inline]] void put(std::string_view piece) {
        if (!piece.empty()) std::memcpy(at_, piece.data(), piece.size());
        at_ += piece.size();
    }

    std::string& out_;
    char* at_ = nullptr;   // where the next piece goes
    char* end_ = nullptr;  // of the room
    WireRun lines_;
};

std::size_t bytes_of(const std::vector<Field>& fields) {
    std::size_t sum = 0;
    for (const Field& field : fields) sum += field.line.size();
    return sum;
}

// All that came as X-Forwarded-For, each with ", " behind it.
std::string forwarded_for(const http::RequestHead& head) {
    std::string chain;
    for (const Field& field : head.fields) {
        if (!equal_names(field.name, kForwardedForField) || field.value.empty()) continue;
        chain.append(field.value).append(", ");
    }
    return chain;
}

void write_origin_from_proxy(const http::RequestHead& head, const ClientPeer& peer,
                             const AddressSet& trusted_proxies, HeadWriter& out) {
    const std::string chain = forwarded_for(head);
    out.add_field(kClientAddressField, client_address(chain, peer, trusted_proxies));
    out.add_field(kForwardedForField, chain + peer.text);
    const auto proto = head.only(kForwardedProtoField);
    const bool secure = proto && equal_names(*proto, "https");
    out.add_field(kForwardedProtoField, secure ? "https" : "http");
    if (const auto host = head.only(kForwardedHostField)) out.add_field(kForwardedHostField, *host);
}

}  // namespace

void write_request_head(const http::RequestHead& head, const ClientPeer& peer,
                        const AddressSet& trusted_proxies, std::string_view request_id,
                        std::string& text) {
    HeadWriter out(text, head.method.size() + head.target.size() + bytes_of(head.fields) +
                             2 * peer.text.size() + request_id.size() + kRoomForOurs);
    out.add(head.method, " ", head.target, head.minor_version == 1 ? kVersion11 : kVersion10);
    for (const Field& field : head.fields) {
        if (is_first_letter(field.name, 'x') || is_first_letter(field.name, 'f')) {
            if (is_ours_to_say(field.name)) continue;
        } else if (concerns_one_connection(field.known)) {
            if (head.wants_upgrade && field.known == FieldName::upgrade) out.pass_on(field.line);
            continue;
        } else if (field.known == FieldName::expect && !head.expects_continue) {
            continue;
        }
        if (head.lists_fields && listed_in_connection(head.fields, field.name)) continue;
        out.pass_on(field.line);
    }
    out.add_lines();
    if (head.wants_upgrade) out.add("Connection: upgrade\r\n");
    if (peer.trusted) {
        write_origin_from_proxy(head, peer, trusted_proxies, out);
    } else {
        out.add_field(kForwardedForField, peer.text);
        out.add_field(kForwardedProtoField, "http");
        out.add_field(kClientAddressField, peer.text);
    }
    out.add(kRequestIdField, ": ", request_id, "\r\n\r\n");
}

bool passes_unchanged(const http::ResponseHead& head, AnswerStyle style) {
    if (head.minor_version != 1 || head.status == 101 || style.close || style.old_client)
        return false;
    return std::none_of(head.fields.begin(), head.fields.end(),
                        [](const Field& field) { return concerns_one_connection(field.known); });
}

void write_answer_head(const http::ResponseHead& head, AnswerStyle style, std::string& text) {
    const bool switches = head.status == 101;
    const std::array<char, 3> digits = {static_cast<char>('0' + head.status / 100),
                                        static_cast<char>('0' + head.status / 10 % 10),
                                        static_cast<char>('0' + head.status % 10)};
    HeadWriter out(text, head.reason.size() + bytes_of(head.fields) + kRoomForOurs);
    out.add("HTTP/1.1 ", std::string_view(digits.data(), digits.size()), " ", head.reason, "\r\n");
    for (const Field& field : head.fields) {
        const bool own = concerns_one_connection(field.known);
        if (own && !(switches && field.known == FieldName::upgrade)) continue;
        if (!own && head.lists_fields && listed_in_connection(head.fields, field.name)) continue;
        out.pass_on(field.line);
    }
    out.add_lines();
    if (switches) {
        out.add("Connection: upgrade\r\n");
    } else if (style.close) {
        out.add("Connection: close\r\n");
    } else if (style.old_client) {
        out.add("Connection: keep-alive\r\n");
    }
    out.add("\r\n");
}

std::string origin_of(const http::RequestHead& head, const ClientPeer& peer,
                      const AddressSet& trusted_proxies) {
    return peer.trusted ? client_address(forwarded_for(head), peer, trusted_proxies) : peer.text;
}

std::string client_address(std::string_view forwarded_for, const ClientPeer& peer,
                           const AddressSet& trusted_proxies) {
    std::string nearest = peer.text;
    if (!peer.trusted) return nearest;
    std::string_view chain = forwarded_for;
    while (!chain.empty()) {
        const std::size_t comma = chain.rfind(',');
        std::string_view last = comma == std::string_view::npos ? chain : chain.substr(comma + 1);
        chain = comma == std::string_view::npos ? std::string_view() : chain.substr(0, comma);
        const auto member = http::next_member(last);
        if (!member) continue;
        const auto address = IpAddress::from_text(*member);
        if (!address) break;  // what stands further left came through something we cannot read
        nearest = address->text();
        if (!trusted_proxies.contains(*address)) break;
    }
    return nearest;
}

}  // namespace posta::supervisor
