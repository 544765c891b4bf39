#pragma once
// The premises of the running server: its run directory and the tenants' data directories.

#include "supervisor/serve/run_dir.h"
#include "supervisor/tenants/premises.h"

namespace posta::supervisor {

class DiskPremises final : public Premises {
public:
    // `front`: who may connect to the tenants' sockets. `run_dir` must outlive this.
    DiskPremises(const RunDir& run_dir, RunAs front, uid_t caller)
        : run_dir_(run_dir), front_(front), caller_(caller) {}

    std::string socket_path(std::string_view slug) const override {
        return run_dir_.socket_path(slug);
    }
    Result<UniqueFd> listen_for(std::string_view slug) override {
        return run_dir_.listen_for(slug, front_);
    }
    void remove_socket(std::string_view slug) override { run_dir_.remove_tenant_socket(slug); }
    void write_pid(std::string_view name, int pid) override { run_dir_.write_pid(name, pid); }
    void remove_pid(std::string_view name) override { run_dir_.remove_pid(name); }

    Result<RunAs> owner_of(const std::string& data_dir) const override {
        return owner_of_data(data_dir, caller_);
    }
    std::string fingerprint(const std::vector<std::string>& paths) const override;

private:
    const RunDir& run_dir_;
    RunAs front_;
    uid_t caller_;
};

}  // namespace posta::supervisor
