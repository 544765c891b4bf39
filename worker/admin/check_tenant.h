#pragma once
// What is right and wrong with one identity's directory: owner, modes, keys, database.
//
// Only looks. The database is opened without migrating it, and without leaving files beside it
// unless somebody uses it at this moment.

#include <string>
#include <vector>

#include "common/manifest/manifest.h"

namespace posta::worker {

struct Finding {
    enum class Level { ok, warning, error };
    Level level;
    std::string subject;  // a slug, or "manifest"
    std::string text;
};

std::string_view name_of(Finding::Level level);

std::vector<Finding> check_tenant(const manifest::Identity& identity, const std::string& directory);

}  // namespace posta::worker
