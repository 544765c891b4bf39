#include "tests/support/temp_dir.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/base/check.h"

namespace posta::test {

TempDir::TempDir() : path_("/tmp/posta-test-XXXXXX") {
    CHECK(::mkdtemp(path_.data()) != nullptr);
    // Servers that run as root give parts of it to other users, who must get through.
    CHECK(::chmod(path_.c_str(), 0755) == 0);
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void write_text(const std::string& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    CHECK(out.good());
}

std::string read_text(const std::string& path) {
    const std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    if (in) out << in.rdbuf();
    return out.str();
}

}  // namespace posta::test
