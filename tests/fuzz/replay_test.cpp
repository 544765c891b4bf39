// Runs every fuzz target over its corpus: seeds, and inputs that once broke something.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/fuzz_targets.h"

namespace posta::fuzz {
namespace {

using Target = int(const std::uint8_t* data, std::size_t size);
using Bytes = std::vector<std::uint8_t>;

Bytes read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void replay(Target* target, const char* name) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(POSTA_FUZZ_CORPUS) / name))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    EXPECT_GE(files.size(), 3U) << "a target needs a corpus";
    target(nullptr, 0);
    for (const auto& path : files) {
        // Above the report, when one of them ends the process.
        std::fprintf(stderr, "%s\n", path.c_str());
        const Bytes bytes = read(path);
        EXPECT_EQ(target(bytes.data(), bytes.size()), 0);
    }
}

}  // namespace
}  // namespace posta::fuzz

#define FUZZ_TARGET(name)                                                         \
    extern "C" int posta_fuzz_##name(const std::uint8_t* data, std::size_t size); \
    TEST(FuzzCorpus, name) { posta::fuzz::replay(posta_fuzz_##name, #name); }

POSTA_FUZZ_TARGETS
