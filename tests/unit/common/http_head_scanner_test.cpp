#include "common/http/head_scanner.h"

#include <gtest/gtest.h>

#include <string>

namespace posta::http {
namespace {

using Verdict = HeadScanner::Verdict;

constexpr std::size_t kEnough = 4096;

Verdict scan(HeadScanner& scanner, const std::string& text) {
    return scanner.scan(text, kEnough, 100);
}

const char* what_is_wrong_with(int byte) {
    if (byte == '\r') return "a bare CR in the head";
    if (byte == '\n') return "a bare LF in the head";
    return byte == 0x7f || (byte < ' ' && byte != '\t') ? "a control character in the head" : "";
}

// The scan takes many bytes at a time, so each byte is tried at each place among them.
TEST(HeadScanner, FindsEveryControlCharacterWhereverItStands) {
    for (std::size_t at = 1; at < 50; ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string text = std::string(50, 'a') + "\r\n\r\n" + std::string(20, 'b');
            text[at] = static_cast<char>(byte);
            HeadScanner scanner;
            const std::string reason = what_is_wrong_with(byte);
            EXPECT_EQ(scan(scanner, text), reason.empty() ? Verdict::complete : Verdict::fault)
                << byte << " at " << at;
            EXPECT_EQ(scanner.fault_reason(), reason) << byte << " at " << at;
        }
    }
}

TEST(HeadScanner, KeepsWhereLinesEndHoweverTheyCome) {
    for (std::size_t length = 1; length < 40; ++length) {
        const std::string line = std::string(length, 'x') + "\r\n";
        const std::string text = line + "y\r\n" + line + "\r\n";
        const std::vector<std::uint32_t> ends = {static_cast<std::uint32_t>(line.size()),
                                                 static_cast<std::uint32_t>(line.size() + 3),
                                                 static_cast<std::uint32_t>(2 * line.size() + 3)};
        HeadScanner at_once;
        ASSERT_EQ(scan(at_once, text + "body"), Verdict::complete);
        EXPECT_EQ(at_once.line_ends(), ends);
        EXPECT_EQ(at_once.end(), text.size());
        HeadScanner byte_by_byte;
        for (std::size_t size = 1; size < text.size(); ++size)
            ASSERT_EQ(scan(byte_by_byte, text.substr(0, size)), Verdict::need_more) << size;
        ASSERT_EQ(scan(byte_by_byte, text), Verdict::complete);
        EXPECT_EQ(byte_by_byte.line_ends(), ends);
    }
}

TEST(HeadScanner, BeginsAnewForAnotherHead) {
    HeadScanner scanner;
    ASSERT_EQ(scan(scanner, "first\r\nA: 1\r\nB: 2\r\n\r\n"), Verdict::complete);
    scanner.restart();
    ASSERT_EQ(scan(scanner, "second\r\n\r\n"), Verdict::complete);
    EXPECT_EQ(scanner.line_ends(), std::vector<std::uint32_t>{8});
    EXPECT_EQ(scanner.end(), 10U);
}

}  // namespace
}  // namespace posta::http
