#include "common/url/canonical.h"

namespace posta::url {

std::string_view name_of(Rejection rejection) {
    switch (rejection) {
        case Rejection::non_https_scheme:
            return "non-https-scheme";
        case Rejection::userinfo_present:
            return "userinfo-present";
        case Rejection::malformed_host:
            return "malformed-host";
        case Rejection::ip_literal_host:
            return "ip-literal-host";
        case Rejection::malformed_port:
            return "malformed-port";
        case Rejection::malformed_path:
            return "malformed-path";
        case Rejection::query_present:
            return "query-present";
        case Rejection::fragment_present:
            return "fragment-present";
    }
    return "malformed-path";  // not reached: the switch is complete
}

std::string_view advice_for(Rejection rejection) {
    switch (rejection) {
        case Rejection::non_https_scheme:
            return "the URL must begin with https://";
        case Rejection::userinfo_present:
            return "leave out the user name and the @ before the host";
        case Rejection::malformed_host:
            return "the host must be a domain name of letters, digits, hyphens and dots";
        case Rejection::ip_literal_host:
            return "the host must be a domain name, not an IP address";
        case Rejection::malformed_port:
            return "the port must be a number from 1 to 65535 without leading zeros, or left out";
        case Rejection::malformed_path:
            return "the path must be ASCII of at most 1024 bytes without spaces, backslashes, "
                   "broken percent escapes, or . and .. segments";
        case Rejection::query_present:
            return "leave out the ? and what follows it";
        case Rejection::fragment_present:
            return "leave out the # and what follows it";
    }
    return "";  // not reached: the switch is complete
}

}  // namespace posta::url
