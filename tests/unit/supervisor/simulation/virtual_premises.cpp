#include "tests/unit/supervisor/simulation/virtual_premises.h"

#include <fcntl.h>

namespace posta::test {

Result<UniqueFd> VirtualPremises::listen_for(std::string_view slug) {
    if (sockets_fail) {
        on_refused(slug);
        return Error{ErrorCode::unavailable, "no descriptors"};
    }
    sockets.emplace(slug);
    return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

Result<supervisor::RunAs> VirtualPremises::owner_of(const std::string& data_dir) const {
    if (missing.contains(data_dir)) return Error{ErrorCode::not_found, data_dir + " is missing"};
    return supervisor::RunAs{};
}

std::string VirtualPremises::fingerprint(const std::vector<std::string>& paths) const {
    std::string text;
    for (const std::string& path : paths)
        for (const auto& [directory, count] : changes)
            if (path.starts_with(directory)) text += std::to_string(count) + " ";
    return text;
}

}  // namespace posta::test
