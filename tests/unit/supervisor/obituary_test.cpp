#include "supervisor/lifecycle/obituary.h"

#include <gtest/gtest.h>

#include <csignal>

namespace posta::supervisor {
namespace {

TEST(Obituary, NamesCodeSignalAndReason) {
    EXPECT_EQ(obituary({0, 0}, ""), "left with code 0");
    EXPECT_EQ(obituary({78, 0}, "no key in keys.json"), "left with code 78: no key in keys.json");
    EXPECT_EQ(obituary({0, SIGKILL}, "no answer for 20 s"),
              "killed by SIGKILL: no answer for 20 s");
    EXPECT_EQ(obituary({0, 40}, ""), "killed by signal 40");
}

TEST(Obituary, KnowsAConfigurationFailureByItsCodeAlone) {
    EXPECT_TRUE(is_config_failure({78, 0}));
    EXPECT_FALSE(is_config_failure({1, 0}));
    EXPECT_FALSE(is_config_failure({78, SIGKILL}));
}

}  // namespace
}  // namespace posta::supervisor
