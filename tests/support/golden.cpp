#include "tests/support/golden.h"
#include "tests/support/test_paths.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace posta::test {
namespace {

std::string path_of(const std::string& name) { return std::string(POSTA_TEST_DATA) + "/" + name; }

}  // namespace

std::string test_data(const std::string& name) {
    std::ifstream file(path_of(name), std::ios::binary);
    EXPECT_TRUE(file) << "cannot open " << path_of(name);
    return {std::istreambuf_iterator<char>(file), {}};
}

void expect_golden(std::string_view actual, const std::string& name) {
    if (std::getenv("POSTA_ACCEPT") != nullptr) {
        std::ofstream(path_of(name), std::ios::binary) << actual;
        ADD_FAILURE() << name << " was rewritten; look at it and run again";
        return;
    }
    EXPECT_EQ(actual, test_data(name)) << "POSTA_ACCEPT=1 rewrites " << name;
}

}  // namespace posta::test
