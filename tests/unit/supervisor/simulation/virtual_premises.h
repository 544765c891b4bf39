#pragma once
// What tenants have in the file system, in a simulation: there are no files, who owns what and what
// is there is said by the test.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "supervisor/tenants/premises.h"

namespace posta::test {

class VirtualPremises final : public supervisor::Premises {
public:
    std::string socket_path(std::string_view slug) const override {
        return "/run/" + std::string(slug) + ".sock";
    }
    Result<UniqueFd> listen_for(std::string_view slug) override;
    bool has_socket(std::string_view slug) override { return sockets.contains(slug); }
    void remove_socket(std::string_view slug) override { sockets.erase(std::string(slug)); }
    std::string directory() const override { return kRunDir; }
    bool restore_directory() override { return true; }
    void write_pid(std::string_view name, int pid) override { pids[std::string(name)] = pid; }
    void remove_pid(std::string_view name) override { pids.erase(std::string(name)); }
    Result<supervisor::RunAs> owner_of(const std::string& data_dir) const override;
    std::string fingerprint(const std::vector<std::string>& paths) const override;

    static constexpr const char* kRunDir = "/run";
    std::map<std::string, int, std::less<>> pids;
    std::set<std::string, std::less<>> sockets;
    std::set<std::string> missing;       // data directories
    std::map<std::string, int> changes;  // by data directory
    bool sockets_fail = false;
    std::function<void(std::string_view slug)> on_refused = [](std::string_view) {};
};

}  // namespace posta::test
