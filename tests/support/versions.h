#pragma once
// Versions of a program in a directory, and the link `current` that a server is started by.

#include <sys/types.h>

#include <string>

#include "tests/support/temp_dir.h"

namespace posta::test {

class Versions {
public:
    // "v1" is current.
    explicit Versions(std::string program);

    std::string current() const { return folder_ / "current"; }
    // The same program by another name. Returns its path.
    std::string add(const std::string& name) const;
    std::string add_script(const std::string& name, const std::string& text) const;
    // One of which only the beginning is there.
    std::string add_torn(const std::string& name) const;
    void use(const std::string& path) const;

private:
    std::string program_;
    TempDir folder_;
};

// The name of the file that a process is an image of.
std::string program_of(pid_t pid);

}  // namespace posta::test
