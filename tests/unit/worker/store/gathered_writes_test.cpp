#include "worker/store/gathered_writes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace posta::store {
namespace {

// A file that only remembers how it was written.
struct Paper : sqlite3_file {
    Paper() : sqlite3_file{&kMethods} {}
    static int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
        auto& paper = *static_cast<Paper*>(file);
        if (paper.answer == SQLITE_OK)
            paper.writes.push_back(
                std::to_string(at) + ":" +
                std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(count)));
        return paper.answer;
    }
    static constexpr sqlite3_io_methods kMethods = [] {
        sqlite3_io_methods methods{};
        methods.iVersion = 1;
        methods.xWrite = write;
        return methods;
    }();
    int answer = SQLITE_OK;
    std::vector<std::string> writes;
};

using Writes = std::vector<std::string>;

class GatheredWritesTest : public ::testing::Test {
protected:
    int write(const std::string& bytes, sqlite3_int64 at) {
        return gathered_.write(bytes.data(), static_cast<int>(bytes.size()), at);
    }
    Paper paper_;
    GatheredWrites gathered_{&paper_};
};

TEST_F(GatheredWritesTest, GoAsOneAsLongAsEachContinuesTheLast) {
    EXPECT_EQ(write("ab", 10), SQLITE_OK);
    EXPECT_EQ(write("cd", 12), SQLITE_OK);
    EXPECT_EQ(paper_.writes, Writes());
    EXPECT_EQ(write("XY", 12), SQLITE_OK);
    EXPECT_EQ(gathered_.flush(), SQLITE_OK);
    EXPECT_EQ(gathered_.flush(), SQLITE_OK);
    EXPECT_EQ(paper_.writes, (Writes{"10:abcd", "12:XY"}));
}

TEST_F(GatheredWritesTest, AreNeverMoreAtOnceThanTheLargestPage) {
    const std::string page(4096, 'p');
    for (int number = 0; number < 17; ++number) EXPECT_EQ(write(page, number * 4096LL), SQLITE_OK);
    ASSERT_EQ(paper_.writes.size(), 1U);
    EXPECT_EQ(paper_.writes[0].size(), 2U + 65536U);

    const std::string larger(65537, 'l');
    EXPECT_EQ(write(larger, 0), SQLITE_OK);
    EXPECT_EQ(paper_.writes.size(), 3U) << "what is held goes first, this by itself";
}

// They count as written, so a transaction that goes on counts on them.
TEST_F(GatheredWritesTest, StayHeldWhenTheyCannotBeWritten) {
    EXPECT_EQ(write("ab", 10), SQLITE_OK);
    paper_.answer = SQLITE_FULL;
    EXPECT_EQ(gathered_.flush(), SQLITE_FULL);
    EXPECT_EQ(write("zz", 50), SQLITE_FULL) << "and that was not taken";
    paper_.answer = SQLITE_OK;
    EXPECT_EQ(write("cd", 12), SQLITE_OK);
    EXPECT_EQ(gathered_.flush(), SQLITE_OK);
    EXPECT_EQ(paper_.writes, Writes{"10:abcd"});
}

TEST_F(GatheredWritesTest, KnowWhichBytesOfTheFileTheyAre) {
    EXPECT_EQ(write("abcd", 10), SQLITE_OK);
    EXPECT_TRUE(gathered_.overlap(1, 10));
    EXPECT_TRUE(gathered_.overlap(1, 13));
    EXPECT_TRUE(gathered_.overlap(100, 0));
    EXPECT_FALSE(gathered_.overlap(10, 0));
    EXPECT_FALSE(gathered_.overlap(1, 14));
}

TEST_F(GatheredWritesTest, CanBeForgotten) {
    EXPECT_EQ(write("ab", 10), SQLITE_OK);
    gathered_.forget();
    gathered_.release();
    EXPECT_EQ(write("cd", 12), SQLITE_OK);
    EXPECT_EQ(gathered_.flush(), SQLITE_OK);
    EXPECT_EQ(paper_.writes, Writes{"12:cd"});
}

}  // namespace
}  // namespace posta::store
