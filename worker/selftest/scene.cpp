#include "worker/selftest/scene.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "common/base/file.h"
#include "common/base/unix_socket.h"
#include "common/contracts/control.h"

namespace posta::selftest {

namespace {

bool is_socket(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

// The worker of that slug, if it runs; 0 otherwise.
pid_t pid_of(const manifest::Manifest& manifest, const std::string& slug) {
    constexpr std::size_t kMaxPidBytes = 32;
    const auto text = read_file(manifest.server.run_dir + "/" + slug + ".pid", kMaxPidBytes);
    return text ? static_cast<pid_t>(std::atol(text->c_str())) : 0;
}

std::string folder_of(const std::string& path) {
    return std::filesystem::absolute(path).parent_path();
}

}  // namespace

Result<std::unique_ptr<Scene>> Scene::set_up(const manifest::Manifest& manifest,
                                             const std::string& slug) {
    std::unique_ptr<Scene> scene(new Scene());
    Targets& targets = scene->targets_;
    targets.manifest = std::filesystem::absolute(manifest.path);
    targets.processes = {::getpid(), 1};
    for (const manifest::Identity& other : manifest.identities) {
        if (other.slug == slug) continue;
        const std::string directory = manifest.data_dir_of(other.slug);
        if (::access((directory + "/keys.json").c_str(), F_OK) != 0) continue;
        targets.neighbour = directory;
        targets.neighbour_socket = manifest.server.run_dir + "/" + other.slug + ".sock";
        if (const pid_t pid = pid_of(manifest, other.slug); pid > 0)
            targets.processes.push_back(pid);
        break;
    }
    targets.control_socket = contracts::control_socket_path(manifest.server.run_dir);
    for (const std::string& place :
         {std::string("/tmp"), std::string("/dev/shm"), manifest.server.data_dir,
          manifest.server.run_dir, folder_of(manifest.path), std::string("/etc")})
        if (::access(place.c_str(), F_OK) == 0) targets.places.push_back(place);
    TRY(scene->add_decoys(manifest.server.uid_range.second));
    return scene;
}

Result<void> Scene::add_decoys(uid_t stranger) {
    std::string name = std::filesystem::temp_directory_path() / "posta-selftest-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return error_from_errno(errno, "cannot make " + name);
    decoys_ = name;
    if (::chmod(name.c_str(), 0755) != 0) return error_from_errno(errno, "cannot open up " + name);
    const bool is_root = ::geteuid() == 0;
    if (targets_.neighbour.empty()) {
        targets_.neighbour = decoys_ + "/neighbour";
        if (::mkdir(targets_.neighbour.c_str(), 0700) != 0)
            return error_from_errno(errno, "cannot make " + targets_.neighbour);
        TRY(write_file_atomically(targets_.neighbour + "/keys.json", "[]\n", 0600));
        for (const char* file : {"/keys.json", ""}) {
            const std::string path = targets_.neighbour + file;
            if (is_root && ::lchown(path.c_str(), stranger, stranger) != 0)
                return error_from_errno(errno, "cannot give away " + path);
        }
    }
    for (std::string* path : {&targets_.neighbour_socket, &targets_.control_socket}) {
        if (is_socket(*path)) continue;
        const bool control = path == &targets_.control_socket;
        *path = decoys_ + (control ? "/control.sock" : "/neighbour.sock");
        UniqueFd socket = TRY(listen_unix(*path, 0600, 1));
        held_.push_back(std::move(socket));
        if (is_root && !control && ::lchown(path->c_str(), stranger, stranger) != 0)
            return error_from_errno(errno, "cannot give away " + *path);
    }
    return {};
}

Scene::~Scene() {
    std::error_code ignored;  // what is left behind is empty files in the temporary directory
    if (!decoys_.empty()) std::filesystem::remove_all(decoys_, ignored);
}

}  // namespace posta::selftest
