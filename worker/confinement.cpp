#include "worker/confinement.h"

#include "common/contracts/channel.h"

namespace posta::worker {

Confinement confinement_of(const contracts::WorkerSettings& settings) {
    Confinement wanted;
    wanted.role = ConfinedRole::worker;
    wanted.descriptors = {contracts::kListenFd, contracts::kChannelFd};
    wanted.uid = settings.uid;
    wanted.gid = settings.gid;
    wanted.own_directory = settings.data_dir;
    wanted.readable = {settings.tenant.ca_bundle};
    wanted.memory_limit_mb = static_cast<std::uint64_t>(settings.tenant.memory_limit_mb);
    wanted.descriptor_limit = static_cast<std::uint64_t>(settings.tenant.descriptor_limit);
    return wanted;
}

}  // namespace posta::worker
