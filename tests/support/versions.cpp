#include "tests/support/versions.h"

#include <filesystem>
#include <fstream>
#include <utility>

namespace posta::test {

namespace fs = std::filesystem;

Versions::Versions(std::string program) : program_(std::move(program)) { use(add("v1")); }

// A link where that goes: it is a file of many megabytes.
std::string Versions::add(const std::string& name) const {
    std::error_code error;
    fs::create_hard_link(program_, folder_ / name, error);
    if (error) fs::copy_file(program_, folder_ / name);
    return folder_ / name;
}

std::string Versions::add_script(const std::string& name, const std::string& text) const {
    write_text(folder_ / name, text);
    fs::permissions(folder_ / name, fs::perms::owner_all);
    return folder_ / name;
}

std::string Versions::add_torn(const std::string& name) const {
    constexpr std::streamsize kBytes = 100'000;
    std::ifstream in(program_, std::ios::binary);
    std::string bytes(kBytes, '\0');
    in.read(bytes.data(), kBytes);
    return add_script(name, bytes);
}

void Versions::use(const std::string& path) const {
    fs::create_symlink(path, folder_ / "next");
    fs::rename(folder_ / "next", folder_ / "current");
}

std::string program_of(pid_t pid) {
    std::error_code error;
    return fs::read_symlink("/proc/" + std::to_string(pid) + "/exe", error).filename().string();
}

}  // namespace posta::test
