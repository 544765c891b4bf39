// Thousands of lives of a supervisor, each by its seed. A seed that breaks is named; to see it
// again: POSTA_SEED=123 unit-tests --gtest_filter='Simulation*'. POSTA_SEEDS sets how many.

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/unit/supervisor/simulation/simulated_server.h"

namespace posta::test {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// All seeds, in parts, so that these can run side by side.
constexpr std::uint64_t kParts = 4;
class Seeds : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Simulation, Seeds, testing::Range<std::uint64_t>(0, kParts));

TEST_P(Seeds, KeepItsPromisesWhateverHappens) {
    const std::uint64_t only = from_environment("POSTA_SEED", 0);
    const std::uint64_t first = only == 0 ? 1 : only;
    const std::uint64_t last = only == 0 ? from_environment("POSTA_SEEDS", 2000) : only;
    if (first + GetParam() > last) GTEST_SKIP() << "so few seeds are all in the parts before";
    long processes = 0;
    for (std::uint64_t seed = first + GetParam(); seed <= last; seed += kParts) {
        SimulatedServer server(seed);
        server.live();
        processes += server.processes_started();
        if (only != 0) std::fputs(server.story().c_str(), stderr);
        ASSERT_EQ(server.broken(), "") << "seed " << seed << "\n" << server.story();
    }
    RecordProperty("processes", std::to_string(processes));
    EXPECT_GT(processes, 0);
}

TEST(Simulation, IsTheSameForTheSameSeed) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SimulatedServer one(seed);
        SimulatedServer two(seed);
        one.live();
        two.live();
        EXPECT_EQ(one.story(), two.story());
        EXPECT_EQ(one.processes_started(), two.processes_started());
    }
}

}  // namespace
}  // namespace posta::test
