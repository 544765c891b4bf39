#include "supervisor/serve/left_behind.h"

#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/unix_socket.h"
#include "common/manifest/manifest.h"

namespace posta::supervisor {

namespace fs = std::filesystem;

namespace {

// The name's beginning when it is a slug with that end; empty otherwise.
std::string slug_before(const std::string& name, std::string_view end) {
    if (!name.ends_with(end)) return "";
    std::string slug = name.substr(0, name.size() - end.size());
    return manifest::is_slug(slug) ? slug : "";
}

}  // namespace

void remove_left_behind(const std::string& run_dir) {
    std::vector<std::string> found;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(run_dir, error)) {
        const std::string name = entry.path().filename().string();
        // Half made: killed between making one and putting it in its place.
        const bool half_made =
            !slug_before(name, ".pid.new").empty() ||
            (!slug_before(name, ".sock.new").empty() && is_dead_socket(entry.path()));
        if (half_made) found.push_back(name);
        const std::string slug = slug_before(name, ".sock");
        if (slug.empty() || !is_dead_socket(entry.path())) continue;
        found.push_back(name);
        found.push_back(slug + ".pid");
    }
    for (const std::string& name : found) ::unlink((run_dir + "/" + name).c_str());
}

}  // namespace posta::supervisor
