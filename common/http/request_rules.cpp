#include "common/http/request_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/http/eight_bytes.h"
#include "common/http/framing_rules.h"
#include "common/http/host_name.h"

namespace posta::http {

namespace {

// Methods that llhttp knows from other protocols, and those that make no sense to a server that is
// no proxy. Methods that llhttp does not know are refused there.
bool is_foreign_method(std::string_view method) {
    static constexpr std::array kForeign = {
        std::string_view("CONNECT"),       std::string_view("PRI"),
        std::string_view("SOURCE"),        std::string_view("DESCRIBE"),
        std::string_view("ANNOUNCE"),      std::string_view("SETUP"),
        std::string_view("PLAY"),          std::string_view("PAUSE"),
        std::string_view("TEARDOWN"),      std::string_view("RECORD"),
        std::string_view("FLUSH"),         std::string_view("REDIRECT"),
        std::string_view("GET_PARAMETER"), std::string_view("SET_PARAMETER"),
    };
    if (method == "GET" || method == "POST") return false;
    for (const std::string_view foreign : kForeign)
        if (method == foreign) return true;
    return false;
}

bool has_space(std::string_view target) {
    bool found = false;
    for (const char c : target) found |= c == ' ' || c == '\t';
    return found;
}

bool is_visible_without_hash(std::string_view target) {
    const char* at = target.data();
    const char* const end = at + target.size();
    for (; end - at >= std::ptrdiff_t{eight::kAtOnce}; at += eight::kAtOnce) {
        const std::uint64_t bytes = eight::load(at);
        const std::uint64_t fit =
            eight::within(bytes, '!', '~') & ~eight::within(bytes, '#', '#') & eight::ascii(bytes);
        if (fit != eight::kAnswers) return false;
    }
    return std::all_of(at, end, [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
}

void split_query(std::string_view path, RequestHead& head) {
    const std::size_t mark = path.find('?');
    head.path = path.substr(0, mark);
    head.query = mark == std::string_view::npos ? std::string_view() : path.substr(mark + 1);
}

// Sets path and query; `authority` only for the absolute form.
std::optional<Fault> read_target(RequestHead& head, std::optional<std::string_view>& authority) {
    const std::string_view target = head.target;
    if (!is_visible_without_hash(target))
        return Fault{400, "a character that no request target may hold"};
    if (target == "*") {
        if (head.method != "OPTIONS") return Fault{400, "the target * with a method but OPTIONS"};
        head.path = target;
        head.query = {};
        return std::nullopt;
    }
    if (target.front() == '/') {
        split_query(target, head);
        return std::nullopt;
    }
    const std::size_t mark = target.find("://");
    const std::string_view scheme = target.substr(0, mark);
    if (mark == std::string_view::npos ||
        (!equal_names(scheme, "http") && !equal_names(scheme, "https")))
        return Fault{400, "a request target that is neither a path nor an http URL"};
    const std::string_view after = target.substr(mark + 3);
    const std::size_t end = after.find_first_of("/?");
    authority = after.substr(0, end);
    const std::string_view path = end == std::string_view::npos ? "" : after.substr(end);
    split_query(path, head);
    if (head.path.empty()) head.path = "/";
    return std::nullopt;
}

std::optional<Fault> read_host(RequestHead& head, const KnownFields& known,
                               std::optional<std::string_view> authority) {
    head.host.clear();
    if (known.hosts > 1) return Fault{400, "more than one Host"};
    if (known.hosts == 0 && head.minor_version == 1) return Fault{400, "no Host"};
    if (known.hosts == 1 && !host_key_into(known.host, head.host))
        return Fault{400, "a Host that is no valid host name"};
    if (!authority) return std::nullopt;
    std::string from_field;
    from_field.swap(head.host);
    if (!host_key_into(*authority, head.host))
        return Fault{400, "a request target whose host is not valid"};
    if (known.hosts == 1 && from_field != head.host)
        return Fault{400, "a Host that differs from the request target's"};
    return std::nullopt;
}

std::optional<Fault> read_upgrade(RequestHead& head, const KnownFields& known) {
    head.wants_upgrade = known.upgrades > 0 && known.connection_upgrade && head.minor_version == 1;
    if (known.upgrades == 0) return std::nullopt;
    if (known.upgrades > 1) return Fault{400, "more than one Upgrade"};
    std::string_view list = known.upgrade;
    while (const auto protocol = next_member(list)) {
        if (equal_names(protocol->substr(0, 3), "h2c") ||
            equal_names(protocol->substr(0, 5), "HTTP/"))
            return Fault{400, "an Upgrade to h2c, which is not offered"};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Fault> read_request_line(std::string_view line, RequestHead& head) {
    // What nearly all end with spares looking for the last space.
    const bool usual = line.ends_with(" HTTP/1.1");
    const std::size_t first = line.find(' ');
    const std::size_t last = usual ? line.size() - 9 : line.rfind(' ');
    head.method = line.substr(0, first);
    if (!is_token(head.method)) return Fault{400, "a method that is no token"};
    if (first == last || first == std::string_view::npos)
        return Fault{400, "a request line without target or version"};
    head.target = line.substr(first + 1, last - first - 1);
    if (head.target.empty() || has_space(head.target))
        return Fault{400, "a request line that is not method, target and version"};
    const std::string_view version = line.substr(last + 1);
    if (!usual && version != "HTTP/1.0") {
        const bool other_version = version.size() == 8 && version.starts_with("HTTP/") &&
                                   version[5] >= '0' && version[5] <= '9' && version[6] == '.' &&
                                   version[7] >= '0' && version[7] <= '9';
        return Fault{other_version ? 505 : 400, "a version other than HTTP/1.0 and HTTP/1.1"};
    }
    head.minor_version = usual ? 1 : 0;
    if (is_foreign_method(head.method)) return Fault{501, "a method that is not served here"};
    return std::nullopt;
}

std::optional<Fault> check_request(RequestHead& head) {
    const KnownFields known = find_known(head.fields);
    std::optional<std::string_view> authority;
    if (auto fault = read_target(head, authority)) return fault;
    if (auto fault = read_host(head, known, authority)) return fault;
    if (auto fault = read_framing(known, head.minor_version, head.framing)) return fault;
    if (known.malformed_connection)
        return Fault{400, "a Connection field that is no list of tokens"};
    if (known.names_vital_field)
        return Fault{400, "a Connection field that names a field which must not be dropped"};
    if (auto fault = read_upgrade(head, known)) return fault;
    head.lists_fields = known.lists_fields;
    const bool stays_open = head.minor_version == 1 || known.keep_alive;
    head.keep_alive = stays_open && !known.close;
    if (known.expects > 0 && !equal_names(known.expect, "100-continue"))
        return Fault{417, "an expectation other than 100-continue"};
    if (known.expects > 1) return Fault{400, "more than one Expect"};
    head.expects_continue =
        known.expects == 1 && head.minor_version == 1 && head.framing.kind != BodyKind::none;
    return std::nullopt;
}

}  // namespace posta::http
