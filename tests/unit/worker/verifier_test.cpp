#include "worker/handlers/verifier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "worker/identity/keys.h"

namespace posta::worker {
namespace {

template <class Bytes>
Bytes bytes_of(const std::string& text) {
    Bytes bytes{};
    std::copy(text.begin(), text.end(), bytes.begin());
    return bytes;
}

class VerifierTest : public ::testing::Test {
protected:
    void add(std::size_t number, bool good) {
        const std::string body = "body " + std::to_string(number);
        const auto signature = bytes_of<wire::Signature>(key_.sign(good ? body : "another body"));
        verifier_->add(bytes_of<wire::PublicKey>(key_.public_key()), signature,
                       std::make_shared<const std::string>(body),
                       [this, number](bool valid) { found_.at(number) = valid; });
    }

    EventLoop loop_;
    std::optional<Verifier> verifier_{std::in_place, loop_};
    std::vector<std::optional<bool>> found_ = std::vector<std::optional<bool>>(100);

private:
    PrivateKey key_ = PrivateKey::generate();
};

TEST_F(VerifierTest, TellsEachOfManyWhetherItsOwnSignatureIsGood) {
    for (std::size_t number = 0; number < found_.size(); ++number) add(number, number % 7 != 3);
    verifier_->hand_over();
    EXPECT_TRUE(verifier_->is_at_work());

    loop_.run();

    for (std::size_t number = 0; number < found_.size(); ++number)
        EXPECT_EQ(found_[number], std::optional(number % 7 != 3)) << number;
    EXPECT_FALSE(verifier_->is_at_work());
}

TEST_F(VerifierTest, HandsOverNothingWhenNothingWasAdded) {
    verifier_->hand_over();

    EXPECT_FALSE(verifier_->is_at_work());
}

TEST_F(VerifierTest, CallsNobodyBackOnceItIsGone) {
    add(0, true);
    verifier_->hand_over();
    verifier_.reset();

    loop_.run();

    EXPECT_EQ(found_[0], std::nullopt);
}

}  // namespace
}  // namespace posta::worker
