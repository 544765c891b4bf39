#pragma once
// Participant URLs: the canonical form of wire.md section 2.1. Pure, total and deterministic.
//
// Used for the manifest, stored peers, input, limits and comparison alike: two URLs name the same
// participant exactly when their canonical forms are equal byte for byte.

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace posta::url {

// In the order in which they are checked.
enum class Rejection {
    non_https_scheme,
    userinfo_present,
    malformed_host,
    ip_literal_host,
    malformed_port,
    malformed_path,
    query_present,
    fragment_present,
};

// The category's name on the wire: "non-https-scheme".
std::string_view name_of(Rejection rejection);
// What is allowed instead, for people: "the URL must begin with https://".
std::string_view advice_for(Rejection rejection);

// Whether it begins with https://, in any case. The rest is not looked at.
bool is_https(std::string_view url);

Result<std::string, Rejection> canonicalise(std::string_view url);
bool is_canonical(std::string_view url);

// What a person typed: `https://` is put in front when there is no scheme (section 2.2).
Result<std::string, Rejection> canonicalise_typed(std::string_view typed);

// Parts of a canonical URL; views into it.
std::string_view display_form(std::string_view canonical);  // without https://
std::string_view host_of(std::string_view canonical);       // without the port
std::string_view authority_of(std::string_view canonical);  // with the port, as in Host
std::string_view path_of(std::string_view canonical);       // "" for the root, else "/..."

}  // namespace posta::url
