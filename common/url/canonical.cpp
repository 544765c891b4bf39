#include "common/url/canonical.h"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>

#include "common/url/idna.h"
#include "common/url/ipv4_forms.h"

namespace posta::url {
namespace {

constexpr std::string_view kPrefix = "https://";
constexpr std::size_t kMaxUrlBytes = 2048;
constexpr std::size_t kMaxHostBytes = 253;
constexpr std::size_t kMaxLabelBytes = 63;
constexpr std::size_t kMaxPathBytes = 1024;
constexpr int kDefaultPort = 443;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The URL after its scheme, cut at the marks that end each part. Nothing is decoded.
struct Parts {
    std::string_view authority;
    std::string_view path;
    char after_path;  // '?', '#' or nothing
};

Parts split(std::string_view rest) {
    const std::size_t end = std::min(rest.find_first_of("?#"), rest.size());
    const std::string_view before = rest.substr(0, end);
    const std::size_t slash = std::min(before.find('/'), before.size());
    return {before.substr(0, slash), before.substr(slash), end < rest.size() ? rest[end] : '\0'};
}

struct Authority {
    std::string_view host;                 // with the brackets of an IPv6 literal
    std::optional<std::string_view> port;  // what follows the colon
};

// A bracket that is not closed, or is followed by anything but a port, stays part of the host.
Authority split_authority(std::string_view authority) {
    std::size_t colon = authority.find(':');
    if (authority.starts_with('[')) {
        const std::size_t bracket = authority.find(']');
        const bool closed = bracket != std::string_view::npos;
        const std::string_view after = closed ? authority.substr(bracket + 1) : std::string_view();
        colon = after.starts_with(':') ? bracket + 1 : std::string_view::npos;
    }
    if (colon == std::string_view::npos) return {authority, std::nullopt};
    return {authority.substr(0, colon), authority.substr(colon + 1)};
}

bool is_ipv6_literal(std::string_view host) {
    if (host.size() < 2 || host.front() != '[' || host.back() != ']') return false;
    const std::string inside(host.substr(1, host.size() - 2));
    in6_addr address{};
    return inside.find('\0') == std::string::npos &&
           inet_pton(AF_INET6, inside.c_str(), &address) == 1;
}

bool may_stand_in_host(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.'; }

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= kMaxLabelBytes && label.front() != '-' &&
           label.back() != '-' && std::all_of(label.begin(), label.end(), may_stand_in_host);
}

bool all_labels_valid(std::string_view host) {
    for (;;) {
        const std::size_t dot = host.find('.');
        if (!is_label(host.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        host.remove_prefix(dot + 1);
    }
}

Result<std::string, Rejection> canonical_host(std::string_view given) {
    if (is_ipv6_literal(given)) return Rejection::ip_literal_host;
    const bool expected = std::all_of(given.begin(), given.end(), [](char c) {
        return !is_ascii(c) || may_stand_in_host(c);  // others are IDNA's to judge
    });
    if (!expected || given.size() > kMaxUrlBytes) return Rejection::malformed_host;
    auto host = to_ascii(given);
    if (!host) return Rejection::malformed_host;
    if (host->ends_with('.')) host->pop_back();
    if (host->size() > kMaxHostBytes || !all_labels_valid(*host)) return Rejection::malformed_host;
    if (is_ipv4_in_any_form(*host)) return Rejection::ip_literal_host;
    return *std::move(host);
}

// ":8443", or nothing for the port that https has anyway.
Result<std::string, Rejection> canonical_port(std::optional<std::string_view> given) {
    if (!given) return std::string();
    const bool number = !given->empty() && given->size() <= 5 && given->front() != '0' &&
                        std::all_of(given->begin(), given->end(), is_digit);
    if (!number) return Rejection::malformed_port;
    const int port = std::stoi(std::string(*given));
    if (port > 65535) return Rejection::malformed_port;
    return port == kDefaultPort ? std::string() : ":" + std::string(*given);
}

std::optional<int> hex_value(char c) {
    if (is_digit(c)) return c - '0';
    if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
    return std::nullopt;
}

// RFC 3986 section 2.3: escaping these changes nothing but the spelling.
bool is_unreserved(char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

bool may_stand_in_path(char c) { return is_ascii(c) && c > ' ' && c != '\x7f' && c != '\\'; }

// Appends the escape that `rest` begins with in its one spelling; false when it is broken.
bool append_escape(std::string& path, std::string_view rest) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const auto high = rest.size() > 2 ? hex_value(rest[1]) : std::nullopt;
    const auto low = rest.size() > 2 ? hex_value(rest[2]) : std::nullopt;
    if (!high || !low) return false;
    const auto byte = static_cast<char>(*high * 16 + *low);
    if (is_unreserved(byte)) {
        path += byte;
    } else {
        path += {'%', kHex[static_cast<std::size_t>(*high)], kHex[static_cast<std::size_t>(*low)]};
    }
    return true;
}

bool has_dot_segment(std::string_view path) {
    while (!path.empty()) {
        path.remove_prefix(1);  // the slash
        const std::string_view segment = path.substr(0, path.find('/'));
        if (segment == "." || segment == "..") return true;
        path.remove_prefix(segment.size());
    }
    return false;
}

Result<std::string, Rejection> canonical_path(std::string_view given) {
    std::string path;
    for (std::size_t at = 0; at < given.size(); ++at) {
        if (!may_stand_in_path(given[at])) return Rejection::malformed_path;
        if (given[at] != '%') {
            path += given[at];
            continue;
        }
        if (!append_escape(path, given.substr(at))) return Rejection::malformed_path;
        at += 2;
    }
    // After decoding, so that an encoded dot counts too.
    if (has_dot_segment(path)) return Rejection::malformed_path;
    while (path.ends_with('/')) path.pop_back();
    if (path.size() > kMaxPathBytes) return Rejection::malformed_path;
    return path;
}

}  // namespace

bool is_https(std::string_view url) {
    return url.size() >= kPrefix.size() &&
           std::equal(kPrefix.begin(), kPrefix.end(), url.begin(),
                      [](char expected, char given) { return expected == lower(given); });
}

Result<std::string, Rejection> canonicalise(std::string_view url) {
    if (!is_https(url)) return Rejection::non_https_scheme;
    const Parts parts = split(url.substr(kPrefix.size()));
    if (parts.authority.find('@') != std::string_view::npos) return Rejection::userinfo_present;
    const auto [given_host, given_port] = split_authority(parts.authority);
    const std::string host = TRY(canonical_host(given_host));
    const std::string port = TRY(canonical_port(given_port));
    const std::string path = TRY(canonical_path(parts.path));
    const std::size_t given_bytes = kPrefix.size() + parts.authority.size() + parts.path.size();
    if (given_bytes > kMaxUrlBytes) return Rejection::malformed_path;
    if (parts.after_path == '?') return Rejection::query_present;
    if (parts.after_path == '#') return Rejection::fragment_present;
    return std::string(kPrefix) + host + port + path;
}

bool is_canonical(std::string_view url) {
    const auto canonical = canonicalise(url);
    return canonical && *canonical == url;
}

Result<std::string, Rejection> canonicalise_typed(std::string_view typed) {
    // RFC 3986 section 3.1. A colon alone does not make a scheme: it may stand before a port.
    const auto end = std::find_if_not(typed.begin(), typed.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
    const auto length = static_cast<std::size_t>(end - typed.begin());
    if (length > 0 && is_letter(typed.front()) && typed.substr(length).starts_with("://")) {
        return canonicalise(typed);
    }
    return canonicalise(std::string(kPrefix) + std::string(typed));
}

std::string_view display_form(std::string_view canonical) {
    return canonical.substr(kPrefix.size());
}

std::string_view authority_of(std::string_view canonical) {
    const std::string_view rest = display_form(canonical);
    return rest.substr(0, rest.find('/'));
}

std::string_view host_of(std::string_view canonical) {
    const std::string_view authority = authority_of(canonical);
    return authority.substr(0, authority.find(':'));
}

std::string_view path_of(std::string_view canonical) {
    return display_form(canonical).substr(authority_of(canonical).size());
}

}  // namespace posta::url
