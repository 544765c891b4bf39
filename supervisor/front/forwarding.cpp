#include "supervisor/front/forwarding.h"

#include <array>

#include "common/contracts/forwarded.h"

namespace posta::supervisor {

namespace {

using contracts::kClientAddressField;
using contracts::kForwardedForField;
using contracts::kForwardedProtoField;
using contracts::kRequestIdField;
using http::equal_names;
using http::Field;

constexpr std::string_view kForwardedHostField = "X-Forwarded-Host";

// All values of Connection, looked at field by field; most heads have one such field or none.
bool listed_in_connection(const std::vector<Field>& fields, std::string_view name) {
    for (const Field& field : fields) {
        if (!equal_names(field.name, "connection")) continue;
        std::string_view list = field.value;
        while (const auto member = http::next_member(list))
            if (equal_names(*member, name)) return true;
    }
    return false;
}

// Whether Connection lists anything that might be a field's name.
bool lists_fields(const std::vector<Field>& fields) {
    for (const Field& field : fields) {
        if (field.name.size() != 10 || !equal_names(field.name, "connection")) continue;
        std::string_view list = field.value;
        while (const auto member = http::next_member(list))
            if (!equal_names(*member, "close") && !equal_names(*member, "keep-alive") &&
                !equal_names(*member, "upgrade"))
                return true;
    }
    return false;
}

bool concerns_one_connection(std::string_view name) {
    switch (name.size()) {
        case 2:
            return equal_names(name, "te");
        case 7:
            return equal_names(name, "upgrade");
        case 10:
            return equal_names(name, "connection") || equal_names(name, "keep-alive");
        case 14:
            return equal_names(name, "http2-settings");
        case 16:
            return equal_names(name, "proxy-connection");
        default:
            return false;
    }
}

// What is set by us, and so not passed on.
bool is_ours_to_say(std::string_view name) {
    return equal_names(name, kRequestIdField) || equal_names(name, "forwarded") ||
           equal_names(name, kClientAddressField) || equal_names(name.substr(0, 11), "x-forwarded");
}

bool is_first_letter(std::string_view name, char lower_case) {
    return (name.front() | 0x20) == lower_case;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
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

void write_origin(const http::RequestHead& head, const ClientPeer& peer,
                  const AddressSet& trusted_proxies, std::string& out) {
    if (!peer.trusted) {
        append_field(out, kForwardedForField, peer.text);
        append_field(out, kForwardedProtoField, "http");
        append_field(out, kClientAddressField, peer.text);
        return;
    }
    const std::string chain = forwarded_for(head);
    append_field(out, kClientAddressField, client_address(chain, peer, trusted_proxies));
    append_field(out, kForwardedForField, chain + peer.text);
    const auto proto = head.only(kForwardedProtoField);
    const bool secure = proto && equal_names(*proto, "https");
    append_field(out, kForwardedProtoField, secure ? "https" : "http");
    if (const auto host = head.only(kForwardedHostField))
        append_field(out, kForwardedHostField, *host);
}

}  // namespace

void write_request_head(const http::RequestHead& head, const ClientPeer& peer,
                        const AddressSet& trusted_proxies, std::string_view request_id,
                        std::string& out) {
    out.append(head.method).append(" ").append(head.target);
    out.append(head.minor_version == 1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
    const bool has_listed = lists_fields(head.fields);
    for (const Field& field : head.fields) {
        if (is_first_letter(field.name, 'x') || is_first_letter(field.name, 'f')) {
            if (is_ours_to_say(field.name)) continue;
        } else if (concerns_one_connection(field.name)) {
            if (!head.wants_upgrade || !equal_names(field.name, "upgrade")) continue;
            out.append(field.line);
            continue;
        } else if (is_first_letter(field.name, 'e') && !head.expects_continue &&
                   equal_names(field.name, "expect")) {
            continue;
        }
        if (has_listed && listed_in_connection(head.fields, field.name)) continue;
        out.append(field.line);
    }
    if (head.wants_upgrade) out.append("Connection: upgrade\r\n");
    write_origin(head, peer, trusted_proxies, out);
    append_field(out, kRequestIdField, request_id);
    out.append("\r\n");
}

void write_answer_head(const http::ResponseHead& head, AnswerStyle style, std::string& out) {
    const bool switches = head.status == 101;
    const std::array<char, 3> digits = {static_cast<char>('0' + head.status / 100),
                                        static_cast<char>('0' + head.status / 10 % 10),
                                        static_cast<char>('0' + head.status % 10)};
    out.append("HTTP/1.1 ").append(digits.data(), digits.size()).append(" ").append(head.reason);
    out.append("\r\n");
    const bool has_listed = lists_fields(head.fields);
    for (const Field& field : head.fields) {
        const bool own = concerns_one_connection(field.name);
        if (own && !(switches && equal_names(field.name, "upgrade"))) continue;
        if (!own && has_listed && listed_in_connection(head.fields, field.name)) continue;
        out.append(field.line);
    }
    if (switches) {
        out.append("Connection: upgrade\r\n");
    } else if (style.close) {
        out.append("Connection: close\r\n");
    } else if (style.old_client) {
        out.append("Connection: keep-alive\r\n");
    }
    out.append("\r\n");
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
