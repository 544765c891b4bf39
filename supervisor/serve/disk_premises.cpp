#include "supervisor/serve/disk_premises.h"

#include <sys/stat.h>

namespace posta::supervisor {

Result<UniqueFd> DiskPremises::listen_for(std::string_view slug) {
    if (!restore_directory())
        return Error{ErrorCode::unavailable,
                     "the run directory " + run_dir_.path() + " is lost (the log says why)"};
    return run_dir_.listen_for(slug, front_);
}

bool DiskPremises::restore_directory() {
    if (!run_dir_.restore()) return false;
    if (UniqueFd control = run_dir_.restore_control()) on_control_socket_(std::move(control));
    return true;
}

std::string DiskPremises::fingerprint(const std::vector<std::string>& paths) const {
    std::string text;
    for (const std::string& path : paths) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) {
            text += "- ";
            continue;
        }
        for (const timespec& time : {status.st_mtim, status.st_ctim})
            text += std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec) + " ";
    }
    return text;
}

}  // namespace posta::supervisor
