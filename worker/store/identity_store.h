#pragma once
// What this identity says about itself: the one row of table `identity`.
//
// The manifest's URL is the one that is served; the row's is from when the identity was made or
// taken over, and the two must name the same participant.

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "worker/store/database.h"

namespace posta::store {

struct Profile {
    std::string url;
    std::string name;
    std::string about;
    std::string avatar;  // the URL of the picture, or empty
};

class IdentityStore {
public:
    explicit IdentityStore(Database& database) : database_(database) {}

    // Nothing when the row was never written.
    Result<std::optional<Profile>> profile();

    // set_url makes the row when there is none; without a row the others are `not_found`.
    Result<void> set_url(std::string_view url);
    Result<void> set_name(std::string_view name);
    Result<void> set_about(std::string_view about);
    Result<void> set_avatar(std::string_view avatar);

private:
    Database& database_;
    Statement read_{database_, "SELECT url, name, about, avatar FROM identity WHERE id = 1"};
    Statement write_url_{database_,
                         "INSERT INTO identity (id, url) VALUES (1, ?)"
                         " ON CONFLICT (id) DO UPDATE SET url = excluded.url"};
    Statement write_name_{database_, "UPDATE identity SET name = ? WHERE id = 1"};
    Statement write_about_{database_, "UPDATE identity SET about = ? WHERE id = 1"};
    Statement write_avatar_{database_, "UPDATE identity SET avatar = ? WHERE id = 1"};
};

}  // namespace posta::store
