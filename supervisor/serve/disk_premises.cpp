#include "supervisor/serve/disk_premises.h"

#include <sys/stat.h>

namespace posta::supervisor {

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
