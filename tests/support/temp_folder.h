#pragma once
// A folder of a test's own, removed with everything in it at the end.

#include <cstdlib>
#include <filesystem>
#include <string>

#include "common/base/check.h"

namespace posta::testing {

class TempFolder {
public:
    TempFolder() : TempFolder(usual_parent()) {}
    explicit TempFolder(const std::string& parent) : path_(parent + "/posta-test-XXXXXX") {
        CHECK(::mkdtemp(path_.data()) != nullptr);
    }
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    static std::string usual_parent() {
        const char* parent = std::getenv("TMPDIR");
        return parent != nullptr ? parent : "/tmp";
    }

    std::string path_;
};

}  // namespace posta::testing
