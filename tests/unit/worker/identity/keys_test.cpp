#include "worker/identity/keys.h"

#include <gtest/gtest.h>
#include <sodium.h>
#include <sys/stat.h>

#include <fstream>

#include "common/base/encoding.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_folder.h"
#include "worker/identity/keys_edit.h"

namespace posta::worker {
namespace {

// RFC 8032 section 7.1, TEST 1 and TEST 2.
const std::string kSeed1 =
    *hex_decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
const std::string kPublic1 =
    *hex_decode("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
const std::string kSeed2 =
    *hex_decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
const std::string kPublic2 =
    *hex_decode("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");

std::string entry(const std::string& id, const std::string& public_key, const std::string& secret,
                  const std::string& created, const std::string& more = "") {
    return R"({"id":")" + id + R"(","publicKey":")" + base64_encode(public_key) +
           R"(","privateKey":")" + base64_encode(secret) + R"(","createdAt":")" + created + "\"" +
           more + "}";
}

const std::string kOld = entry("old", kPublic1, kSeed1 + kPublic1, "2026-05-07T10:41:37Z");
const std::string kNew = entry("new", kPublic2, kSeed2, "2026-05-08T09:00:00+02:00");

TEST(KeyRing, SignsWithTheNewestKeyAndPublishesAll) {
    const Result<KeyRing> ring = KeyRing::parse("[" + kNew + "," + kOld + "]");

    ASSERT_TRUE(ring.has_value()) << ring.error().message;
    ASSERT_EQ(ring->keys().size(), 2U);
    EXPECT_EQ(ring->keys()[0].id, "new");
    EXPECT_EQ(ring->keys()[1].public_key, kPublic1);
    EXPECT_EQ(ring->signing_key().id, "new");
}

TEST(KeyRing, ATieGoesToTheLaterEntry) {
    const std::string first = entry("first", kPublic1, kSeed1, "2026-05-07T10:00:00Z");
    const std::string second = entry("second", kPublic2, kSeed2, "2026-05-07T12:00:00+02:00");

    EXPECT_EQ(KeyRing::parse("[" + first + "," + second + "]")->signing_key().id, "second");
}

TEST(KeyRing, MakesTheSignatureOfTheStandard) {
    const KeyRing ring = KeyRing::parse("[" + kNew + "]").value();

    EXPECT_EQ(hex_encode(ring.signing_key().private_key.sign("\x72")),
              "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
              "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(KeyRing, OtherMembersAreIgnored) {
    const std::string key = entry("a", kPublic1, kSeed1, "2026-05-07T10:00:00Z",
                                  R"(,"retiringSince":"2026-05-08T00:00:00Z","x":[1])");

    EXPECT_TRUE(KeyRing::parse("[" + key + "]").has_value());
}

TEST(KeyRing, RefusesWhatIsNotAKeyFileAndSaysWhere) {
    const std::string time = "2026-05-07T10:00:00Z";
    const std::string url_safe = R"({"id":"a","publicKey":")" + base64url_encode(kPublic1) +
                                 R"(","privateKey":")" + base64_encode(kSeed1) +
                                 R"(","createdAt":"2026-05-07T10:00:00Z"})";
    const std::pair<std::string, std::string> cases[] = {
        {"", "not valid JSON"},
        {"{}", "an array of keys is expected"},
        {"[]", "it holds 0 keys"},
        {"[1]", "key 1: an object is expected"},
        {"[" + kOld + ",{}]", "key 2: `privateKey` is missing"},
        {"[" + entry("", kPublic1, kSeed1, time) + "]", "key 1: `id` must have 1 to 128 bytes"},
        {"[" + entry(std::string(129, 'i'), kPublic1, kSeed1, time) + "]", "1 to 128 bytes"},
        {"[" + entry("a", kPublic2, kSeed1, time) + "]", "does not belong to `privateKey`"},
        {"[" + entry("a", kPublic1, kSeed1 + kPublic2, time) + "]", "not that of its seed"},
        {"[" + entry("a", kPublic1, kSeed1 + "x", time) + "]", "has 33 bytes"},
        {"[" + entry("a", "short", kSeed1, time) + "]", "`publicKey` is not"},
        {"[" + entry("a", kPublic1, kSeed1, "yesterday") + "]", "`createdAt` is not"},
        {"[" + kOld + "," + kOld + "]", "key 2: `id` \"old\" is there twice"},
        {"[" + url_safe + "]", "`publicKey` is not strict base64"},
    };
    for (const auto& [text, complaint] : cases) {
        const Result<KeyRing> ring = KeyRing::parse(text);
        ASSERT_FALSE(ring.has_value()) << text;
        EXPECT_EQ(ring.error().code, ErrorCode::invalid);
        EXPECT_NE(ring.error().message.find(complaint), std::string::npos) << ring.error().message;
        EXPECT_EQ(ring.error().message.find(base64_encode(kSeed1)), std::string::npos);
    }
}

TEST(KeyRing, TakesAnIdOf128BytesAndSixteenKeysButNotSeventeen) {
    std::string keys = entry(std::string(128, 'i'), kPublic1, kSeed1, "2026-05-07T10:00:00Z");
    for (int number = 2; number <= 16; ++number)
        keys += "," + entry(std::to_string(number), kPublic1, kSeed1, "2026-05-07T10:00:00Z");

    EXPECT_TRUE(KeyRing::parse("[" + keys + "]").has_value());
    EXPECT_FALSE(KeyRing::parse("[" + keys + "," + kOld + "]").has_value());
}

TEST(KeyRing, RefusesAFileThatOthersCanRead) {
    testing::TempFolder folder;
    const std::string path = folder / "keys.json";
    std::ofstream(path) << "[" << kOld << "]";

    ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
    const Result<KeyRing> refused = KeyRing::load(path);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::denied);
    EXPECT_NE(refused.error().message.find("chmod 600"), std::string::npos);

    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    EXPECT_TRUE(KeyRing::load(path).has_value());
}

TEST(KeysEdit, ANewFileHoldsOneKeyThatWorks) {
    const testing::FakeClock clock;
    const std::string text = new_keys_file(clock.now()).value();

    const Result<KeyRing> ring = KeyRing::parse(text);
    ASSERT_TRUE(ring.has_value()) << ring.error().message;
    ASSERT_EQ(ring->keys().size(), 1U);
    EXPECT_EQ(ring->signing_key().id, "2026-05-a");
    EXPECT_EQ(ring->signing_key().created_at, clock.now());
}

TEST(KeysEdit, RotationAddsAKeyThatSignsAndKeepsTheBytesOfTheOthers) {
    const testing::FakeClock clock;
    const std::string odd =
        "{ \"z\" : 1.50, " + entry("2026-05-a", kPublic1, kSeed1, "2099-01-01T00:00:00Z").substr(1);

    const Rotated rotated = with_key_added("[" + odd + "]", clock.now()).value();

    EXPECT_NE(rotated.text.find(odd), std::string::npos);
    EXPECT_EQ(rotated.key_id, "2026-05-b");
    // The older key's time lies ahead of the clock: the new one has to be newer all the same.
    EXPECT_EQ(KeyRing::parse(rotated.text)->signing_key().id, "2026-05-b");
}

TEST(KeysEdit, RemovalTakesOneKeyAndNeverTheLast) {
    const std::string both = "[\n  " + kOld + ",\n  " + kNew + "\n]";

    const std::string left = with_key_removed(both, "new").value();

    EXPECT_EQ(left, "[\n  " + kOld + "\n]\n");
    EXPECT_EQ(with_key_removed(both, "none").error().code, ErrorCode::not_found);
    EXPECT_EQ(with_key_removed(left, "old").error().code, ErrorCode::conflict);
}

TEST(KeysEdit, ThereIsNoSeventeenthKey) {
    const testing::FakeClock clock;
    std::string text = new_keys_file(clock.now()).value();
    for (int number = 2; number <= 16; ++number)
        text = with_key_added(text, clock.now()).value().text;

    EXPECT_EQ(with_key_added(text, clock.now()).error().code, ErrorCode::conflict);
    EXPECT_EQ(KeyRing::parse(text)->signing_key().id, "2026-05-p");
}

}  // namespace
}  // namespace posta::worker
