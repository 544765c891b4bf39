#include "common/confine/layers.h"

#include <gtest/gtest.h>

namespace posta {
namespace {

const SandboxReport kReport{{"limits", LayerStrength::enforced, ""},
                            {"user", LayerStrength::absent, "not started by root"},
                            {"landlock", LayerStrength::partial, "this kernel knows no TCP rules"}};

TEST(RequiredLayers, AreMetWhenEachIsEnforced) {
    EXPECT_TRUE(require_layers(kReport, {}).has_value());
    EXPECT_TRUE(require_layers(kReport, {"limits"}).has_value());
}

TEST(RequiredLayers, AreNotMetByLessThanAWholeLayerAndEachIsNamedWithItsReason) {
    const Result<void> met = require_layers(kReport, {"limits", "user", "landlock", "seccomp"});

    ASSERT_FALSE(met.has_value());
    EXPECT_EQ(met.error().code, ErrorCode::invalid);
    EXPECT_EQ(met.error().message,
              "require_layers of the manifest is not met: user is absent: not started by root; "
              "landlock is partial: this kernel knows no TCP rules; seccomp is absent (mend that, "
              "or take the layer out of require_layers)");
}

// The names that the manifest may use are those that a confined process reports.
TEST(RequiredLayers, HaveTheNamesThatAreReported) {
    EXPECT_TRUE(is_layer("undumpable"));
    EXPECT_FALSE(is_layer("Landlock"));
    EXPECT_FALSE(is_layer(""));
}

}  // namespace
}  // namespace posta
