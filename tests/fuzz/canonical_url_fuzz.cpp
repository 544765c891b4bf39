// Canonical URLs (wire.md section 2): the canonical form is a fixed point, satisfies the grammar,
// takes apart and together again, and names the host by which the front routes.

#include <cstdlib>

#include "common/http/host_name.h"
#include "common/url/canonical.h"
#include "tests/fuzz/target.h"

namespace posta::url {
namespace {

bool is_lower_case_host(std::string_view host) {
    return std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
}

void expect_host(std::string_view host) {
    CHECK(!host.empty() && host.size() <= 253 && is_lower_case_host(host));
    for (std::string_view rest = host; !rest.empty();) {
        const std::string_view label = rest.substr(0, rest.find('.'));
        CHECK(!label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-');
        rest.remove_prefix(std::min(rest.size(), label.size() + 1));
    }
    CHECK(host.back() != '.');
}

void expect_port(std::string_view port) {
    if (port.empty()) return;
    CHECK(port.front() == ':' && port.size() >= 2 && port.size() <= 6 && port[1] != '0');
    const int number = std::atoi(std::string(port.substr(1)).c_str());
    CHECK(number > 0 && number <= 65535 && number != 443);
}

void expect_path(std::string_view path) {
    CHECK(path.size() <= 1024);
    if (path.empty()) return;
    CHECK(path.front() == '/' && path.back() != '/');
    for (const char c : path) CHECK(c > ' ' && c < 0x7f && c != '?' && c != '#' && c != '\\');
    CHECK((std::string(path) + "/").find("/./") == std::string::npos);
    CHECK((std::string(path) + "/").find("/../") == std::string::npos);
    CHECK(path.find("%2e") == std::string::npos && path.find("%2E") == std::string::npos);
}

void expect_canonical(const std::string& canonical) {
    const auto again = canonicalise(canonical);
    CHECK(again && *again == canonical);
    CHECK(is_canonical(canonical) && canonical.size() <= 2048 && canonical.starts_with("https://"));

    const std::string_view authority = authority_of(canonical);
    const std::string_view host = host_of(canonical);
    CHECK(authority.starts_with(host));
    CHECK("https://" + std::string(authority) + std::string(path_of(canonical)) == canonical);
    expect_host(host);
    expect_port(authority.substr(host.size()));
    expect_path(path_of(canonical));

    const auto typed = canonicalise_typed(display_form(canonical));
    CHECK(typed && *typed == canonical);
    const auto routed = http::host_key(authority);
    CHECK(routed && *routed == host);
}

}  // namespace
}  // namespace posta::url

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posta;
    const std::string_view text = fuzz::text_of(data, size);
    const auto canonical = url::canonicalise(text);
    CHECK(url::is_canonical(text) == (canonical && *canonical == text));
    if (canonical) {
        url::expect_canonical(*canonical);
        // Spellings that must not count.
        const auto slash = url::canonicalise(std::string(text) + "/");
        CHECK(!slash || *slash == *canonical);
        CHECK(!url::canonicalise(std::string(text) + "?"));
    } else {
        CHECK(!url::name_of(canonical.error()).empty() &&
              !url::advice_for(canonical.error()).empty());
    }
    if (const auto typed = url::canonicalise_typed(text)) url::expect_canonical(*typed);
    if (const auto key = http::host_key(text)) {
        const auto again = http::host_key(*key);
        CHECK(again && *again == *key && key->size() <= 253);
    }
    return 0;
}
