#include "tests/support/private_network.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace posta::testing {
namespace {

void put_over(const std::string& path, const std::string& text, const std::string& scratch) {
    std::ofstream(scratch) << text;
    CHECK(::mount(scratch.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) == 0);
}

}  // namespace

std::unique_ptr<PrivateNetwork> PrivateNetwork::enter() {
    if (::geteuid() != 0) return nullptr;
    std::unique_ptr<PrivateNetwork> network(new PrivateNetwork());
    if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
        network->network_.reset();  // nowhere to go back from
        return nullptr;
    }
    CHECK(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
    put_over("/etc/resolv.conf", "nameserver 127.0.0.1\n", network->folder_ / "resolv.conf");
    put_over("/etc/nsswitch.conf", "hosts: files dns\n", network->folder_ / "nsswitch.conf");
    CHECK(std::system("ip link set lo up && ip route add local 0.0.0.0/0 dev lo &&"
                      " ip -6 route add local ::/0 dev lo") == 0);
    return network;
}

PrivateNetwork::PrivateNetwork()
    : directory_(std::filesystem::current_path()),
      network_(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)),
      mounts_(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC)) {
    CHECK(network_ && mounts_);
}

PrivateNetwork::~PrivateNetwork() {
    if (!network_) return;
    CHECK(::setns(network_.get(), CLONE_NEWNET) == 0 && ::setns(mounts_.get(), CLONE_NEWNS) == 0);
    CHECK(::chdir(directory_.c_str()) == 0);
}

}  // namespace posta::testing
