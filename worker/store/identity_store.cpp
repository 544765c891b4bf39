#include "worker/store/identity_store.h"

namespace posta::store {
namespace {

Result<void> write(Statement& statement, std::string_view value) {
    const std::int64_t changed = TRY(statement.execute({value}));
    if (changed == 1) return {};
    return Error{ErrorCode::not_found, "the database has no identity row"};
}

}  // namespace

Result<std::optional<Profile>> IdentityStore::profile() {
    Rows rows = read_.run();
    const bool found = TRY(rows.next());
    if (!found) return std::optional<Profile>{};
    return std::optional<Profile>(Profile{rows.text(0), rows.text(1), rows.text(2), rows.text(3)});
}

Result<void> IdentityStore::set_url(std::string_view url) { return write(write_url_, url); }
Result<void> IdentityStore::set_name(std::string_view name) { return write(write_name_, name); }
Result<void> IdentityStore::set_about(std::string_view about) { return write(write_about_, about); }
Result<void> IdentityStore::set_avatar(std::string_view avatar) {
    return write(write_avatar_, avatar);
}

}  // namespace posta::store
