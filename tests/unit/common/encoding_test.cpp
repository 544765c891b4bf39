#include "common/base/encoding.h"

#include <gtest/gtest.h>

namespace posta {
namespace {

TEST(Base64, RoundTripsAllLengths) {
    std::string bytes;
    for (int length = 0; length < 200; ++length) {
        EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
        EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
        EXPECT_EQ(hex_decode(hex_encode(bytes)), bytes);
        bytes += static_cast<char>(length * 37);
    }
}

TEST(Base64, RefusesEveryOtherSpelling) {
    EXPECT_EQ(base64_decode("Zm8="), "fo");
    for (const char* text : {"Zm8", "Zm8==", "Zm9=", "Zm8=\n", " Zm8=", "Z=8=", "Zm-_", "Zm8=Zm8="})
        EXPECT_EQ(base64_decode(text), std::nullopt) << text;
}

// One byte string has one spelling: whatever character is changed, it is another one, or none.
TEST(Base64, HasOneSpellingForEachByteString) {
    for (int value = 0; value < 256; ++value) {
        std::string text = "Zm9vYmFy";
        text[3] = static_cast<char>(value);
        const auto bytes = base64_decode(text);
        EXPECT_TRUE(!bytes || base64_encode(*bytes) == text) << value;
        const auto url_bytes = base64url_decode(text);
        EXPECT_TRUE(!url_bytes || base64url_encode(*url_bytes) == text) << value;
    }
}

TEST(Base64Url, RefusesPaddingAndTheOtherAlphabet) {
    EXPECT_EQ(base64url_decode("Zm8"), "fo");
    for (const char* text : {"Zm8=", "Zm9", "Zm+/", "Zm8 ", "Z"})
        EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
}

TEST(Hex, RefusesOddLengthAndOtherCharacters) {
    for (const char* text : {"a", "0g", "0x00", "00 "}) EXPECT_EQ(hex_decode(text), std::nullopt);
}

}  // namespace
}  // namespace posta
