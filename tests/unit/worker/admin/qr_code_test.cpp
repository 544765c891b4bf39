// The picture is read back module by module; that a real reader understands it is seen by the
// end-to-end test of the setup page.
#include "worker/admin/qr_code.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace posta::worker {
namespace {

// Rows of modules, '#' for a light one.
std::vector<std::string> modules_of(const std::string& picture) {
    std::vector<std::string> rows(1);
    rows.emplace_back();
    for (std::size_t at = 0; at < picture.size();) {
        if (picture[at] == '\n') {
            rows.resize(rows.size() + 2);
            ++at;
            continue;
        }
        const bool blank = picture[at] == ' ';
        const std::string sign = blank ? " " : picture.substr(at, 3);
        rows[rows.size() - 2] += sign == "█" || sign == "▀" ? '#' : ' ';
        rows[rows.size() - 1] += sign == "█" || sign == "▄" ? '#' : ' ';
        at += sign.size();
    }
    rows.resize(rows.size() - 2);
    return rows;
}

std::vector<std::string> corner(const std::vector<std::string>& rows, std::size_t top,
                                std::size_t left) {
    std::vector<std::string> cut;
    for (std::size_t row = top; row < top + 7; ++row) cut.push_back(rows[row].substr(left, 7));
    return cut;
}

// ISO/IEC 18004: the finder pattern, dark where this has a blank.
const std::vector<std::string> kFinder{"       ", " ##### ", " #   # ", " #   # ",
                                       " #   # ", " ##### ", "       "};

TEST(QrCode, IsSquareWithAQuietZoneAndThreeFinders) {
    for (const char* text : {"x", "posta+v1://arne.posta.no#token=mst_0123456789abcdefghijklmnop",
                             "https://arne.posta.no/setup#invite=pinv_0123456789abcdefghijklmn"}) {
        const Result<std::string> picture = qr_code(text);
        ASSERT_TRUE(picture.has_value());
        const std::vector<std::string> rows = modules_of(*picture);

        const std::size_t width = rows[0].size();
        EXPECT_EQ((width - 8) % 4, 1U) << "17 + 4 * version, and four on each side";
        EXPECT_GE(rows.size(), width);
        EXPECT_LE(rows.size(), width + 1) << "two rows a line";
        const std::string light(width, '#');
        for (std::size_t row = 0; row < 4; ++row) {
            EXPECT_EQ(rows[row], light);
            EXPECT_EQ(rows[width - 1 - row], light);
        }
        for (std::size_t row = 0; row < width; ++row) {
            EXPECT_EQ(rows[row].substr(0, 4), "####");
            EXPECT_EQ(rows[row].substr(width - 4), "####");
        }
        EXPECT_EQ(corner(rows, 4, 4), kFinder);
        EXPECT_EQ(corner(rows, 4, width - 11), kFinder);
        EXPECT_EQ(corner(rows, width - 11, 4), kFinder);
    }
}

TEST(QrCode, DiffersWithItsText) {
    EXPECT_NE(*qr_code("mst_a"), *qr_code("mst_b"));
    EXPECT_EQ(*qr_code("mst_a"), *qr_code("mst_a"));
}

TEST(QrCode, HoldsOnlySoMuch) {
    EXPECT_TRUE(qr_code(std::string(2331, 'x')).has_value());  // version 40, level M, bytes

    const Result<std::string> picture = qr_code(std::string(2332, 'x'));

    ASSERT_FALSE(picture.has_value());
    EXPECT_EQ(picture.error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace posta::worker
