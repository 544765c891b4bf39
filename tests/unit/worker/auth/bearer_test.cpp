#include "worker/auth/bearer.h"

#include <gtest/gtest.h>

namespace posta::worker {
namespace {

const std::string kToken = "mst_" + std::string(43, 'A');

TEST(Bearer, IsTakenFromItsField) {
    EXPECT_EQ(bearer_token("Bearer " + kToken), kToken);
    EXPECT_EQ(bearer_token("bEARER  " + kToken), kToken);
}

TEST(Bearer, HasExactlyOneForm) {
    for (const std::string& value :
         {std::string(), std::string("Bearer"), std::string("Bearer "), kToken, "Basic " + kToken,
          "Bearer" + kToken, "Bearer\t" + kToken, "Bearer " + kToken + "A",
          "Bearer " + kToken + " ", "Bearer " + kToken + ", Bearer " + kToken,
          "Bearer " + kToken.substr(0, 46), "Bearer mst-" + kToken.substr(4),
          "Bearer MST_" + kToken.substr(4), "Bearer mst_" + std::string(42, 'A') + "+",
          "Bearer mst_" + std::string(42, 'A') + "B"})
        EXPECT_FALSE(bearer_token(value)) << value;
}

}  // namespace
}  // namespace posta::worker
