#include "worker/selftest/verdict.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

namespace posta::selftest {
namespace {

using Kind = Outcome::Kind;

const SandboxReport kAll{{"user", LayerStrength::enforced, {}},
                         {"landlock", LayerStrength::partial, "an older kernel"}};

TEST(SelftestVerdict, IsEnforcedWhenEveryWayIsRefusedAndEveryWallStands) {
    const Verdict verdict =
        judge({outcome_of_errno("read", EACCES), {"exec", Kind::killed, SIGSYS}},
              {{"user"}, {"landlock", 3}}, kAll, 3);

    EXPECT_EQ(verdict.strength, LayerStrength::enforced);
    EXPECT_EQ(verdict.remark, "read: EACCES, exec: killed by the filter");
}

TEST(SelftestVerdict, IsPartialWhenAWallIsMissingOrTooOld) {
    const std::vector<Outcome> refused{outcome_of_errno("kill", EPERM)};

    const Verdict without = judge(refused, {{"user"}, {"seccomp"}}, kAll, 3);
    EXPECT_EQ(without.strength, LayerStrength::partial);
    EXPECT_EQ(without.remark, "kill: EPERM; without seccomp");
    EXPECT_EQ(judge(refused, {{"landlock", 6}}, kAll, 3).strength, LayerStrength::partial);
}

TEST(SelftestVerdict, IsAbsentWhenOneOfManyWaysLeadsThrough) {
    const Verdict verdict =
        judge({outcome_of_errno("read", EACCES), outcome_of_errno("write", 0)}, {}, kAll, 3);

    EXPECT_EQ(verdict.strength, LayerStrength::absent);
    EXPECT_EQ(verdict.remark, "read: EACCES, write: POSSIBLE");
}

// A file that is not there cannot show that it is protected.
TEST(SelftestVerdict, IsAbsentWhenNothingWasShown) {
    const Verdict verdict = judge({outcome_of_errno("read", ENOENT)}, {}, kAll, 3);

    EXPECT_EQ(verdict.strength, LayerStrength::absent);
    EXPECT_EQ(verdict.remark, "read: not shown (No such file or directory)");
    EXPECT_EQ(judge({{"read", Kind::unclear, 0}}, {}, kAll, 3).strength, LayerStrength::absent);
    EXPECT_EQ(judge({}, {}, kAll, 3).strength, LayerStrength::absent);
}

}  // namespace
}  // namespace posta::selftest
