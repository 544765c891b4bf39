#pragma once
// What a selftest's child tries to get at: the tenant's real neighbours where there are some, and
// decoys with the same owners and modes where there are none (a server that is not running has no
// sockets). What does not exist cannot show that it is protected.

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/manifest/manifest.h"

namespace posta::selftest {

struct Targets {
    std::string neighbour;         // another tenant's directory, with a keys.json
    std::string neighbour_socket;  // on which its worker is reached
    std::string control_socket;
    std::string manifest;
    std::vector<std::string> places;  // directories where a worker has nothing to write
    std::vector<pid_t> processes;     // of others
};

class Scene {
public:
    static Result<std::unique_ptr<Scene>> set_up(const manifest::Manifest& manifest,
                                                 const std::string& slug);
    ~Scene();  // takes the decoys away
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    const Targets& targets() const { return targets_; }

private:
    Scene() = default;
    Result<void> add_decoys(uid_t stranger);

    Targets targets_;
    std::string decoys_;  // their directory
    std::vector<UniqueFd> held_;
};

}  // namespace posta::selftest
