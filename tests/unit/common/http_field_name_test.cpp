#include "common/http/field_name.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace posta::http {
namespace {

constexpr std::array kNames = {
    std::pair(std::string_view("host"), FieldName::host),
    std::pair(std::string_view("expect"), FieldName::expect),
    std::pair(std::string_view("content-type"), FieldName::content_type),
    std::pair(std::string_view("content-length"), FieldName::content_length),
    std::pair(std::string_view("transfer-encoding"), FieldName::transfer_encoding),
    std::pair(std::string_view("connection"), FieldName::connection),
    std::pair(std::string_view("keep-alive"), FieldName::keep_alive),
    std::pair(std::string_view("te"), FieldName::te),
    std::pair(std::string_view("upgrade"), FieldName::upgrade),
    std::pair(std::string_view("http2-settings"), FieldName::http2_settings),
    std::pair(std::string_view("proxy-connection"), FieldName::proxy_connection),
};

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

TEST(FieldName, IsKnownInAnyCaseOfEachLetter) {
    for (const auto& [name, known] : kNames) {
        EXPECT_EQ(field_name(name), known) << name;
        std::string capitals(name);
        for (char& c : capitals) c = is_letter(c) ? static_cast<char>(c - 32) : c;
        EXPECT_EQ(field_name(capitals), known) << capitals;
        for (std::size_t at = 0; at < name.size(); ++at) {
            std::string one(name);
            one[at] = capitals[at];
            EXPECT_EQ(field_name(one), known) << one;
        }
    }
}

// Also the bytes that differ from the right one in the bit of the letter's case, or in the highest.
TEST(FieldName, IsAnotherOneWithAnyOtherByteAnywhere) {
    for (const auto& [name, known] : kNames) {
        for (std::size_t at = 0; at < name.size(); ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                const char c = static_cast<char>(byte);
                const bool same = c == name[at] || (is_letter(name[at]) && c == name[at] - 32);
                std::string other(name);
                other[at] = c;
                EXPECT_EQ(field_name(other), same ? known : FieldName::other) << other;
            }
        }
    }
}

TEST(FieldName, IsAnotherOneWhenLongerOrShorter) {
    EXPECT_EQ(field_name(""), FieldName::other);
    for (const auto& [name, known] : kNames) {
        EXPECT_EQ(field_name(name.substr(1)), FieldName::other) << name;
        EXPECT_EQ(field_name(name.substr(0, name.size() - 1)), FieldName::other) << name;
        EXPECT_EQ(field_name(std::string(name) + "s"), FieldName::other) << name;
    }
}

TEST(FieldName, SaysWhichConcernOneConnection) {
    for (const auto& [name, known] : kNames) {
        const bool stays = known == FieldName::connection || known == FieldName::keep_alive ||
                           known == FieldName::te || known == FieldName::upgrade ||
                           known == FieldName::http2_settings ||
                           known == FieldName::proxy_connection;
        EXPECT_EQ(concerns_one_connection(known), stays) << name;
    }
    EXPECT_FALSE(concerns_one_connection(FieldName::other));
}

}  // namespace
}  // namespace posta::http
