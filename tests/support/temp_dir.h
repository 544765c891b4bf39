#pragma once
// A directory that is gone with the test.

#include <string>

namespace posta::test {

class TempDir {
public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

// Creates or replaces; ends the test program when that is impossible.
void write_text(const std::string& path, const std::string& text);
// Empty when there is no such file.
std::string read_text(const std::string& path);

}  // namespace posta::test
