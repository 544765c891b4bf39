#pragma once
// The premises of the running server: its run directory and the tenants' data directories.

#include <functional>
#include <utility>

#include "supervisor/serve/run_dir.h"
#include "supervisor/tenants/premises.h"

namespace posta::supervisor {

class DiskPremises final : public Premises {
public:
    // `front`: who may connect to the tenants' sockets. `run_dir` must outlive this.
    DiskPremises(RunDir& run_dir, RunAs front, uid_t caller)
        : run_dir_(run_dir), front_(front), caller_(caller) {}
    // Called with each further control socket, when the last one is gone from its path.
    void set_on_control_socket(std::function<void(UniqueFd)> on_control_socket) {
        on_control_socket_ = std::move(on_control_socket);
    }

    std::string socket_path(std::string_view slug) const override {
        return run_dir_.socket_path(slug);
    }
    Result<UniqueFd> listen_for(std::string_view slug) override;
    bool has_socket(std::string_view slug) override { return run_dir_.has_tenant_socket(slug); }
    void remove_socket(std::string_view slug) override { run_dir_.remove_tenant_socket(slug); }
    std::string directory() const override { return run_dir_.path(); }
    bool restore_directory() override;
    void write_pid(std::string_view name, int pid) override { run_dir_.write_pid(name, pid); }
    void remove_pid(std::string_view name) override { run_dir_.remove_pid(name); }

    Result<RunAs> owner_of(const std::string& data_dir) const override {
        return owner_of_data(data_dir, caller_);
    }
    std::string fingerprint(const std::vector<std::string>& paths) const override;

private:
    RunDir& run_dir_;
    RunAs front_;
    uid_t caller_;
    std::function<void(UniqueFd)> on_control_socket_ = [](UniqueFd) {};
};

}  // namespace posta::supervisor
