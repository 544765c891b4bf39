#include "worker/store/temporary_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_folder.h"

namespace posta::store {
namespace {

// Files of the folder that this process has open, those without a name too.
int open_in(const std::string& folder) {
    int found = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
        if (target.starts_with(folder + "/etilqs_")) ++found;
    }
    return found;
}

class TemporaryFilesTest : public ::testing::Test {
protected:
    // Sorts more than SQLite holds in memory, and counts its files while it does.
    int files_of_a_sort() {
        EXPECT_TRUE(database.execute("PRAGMA cache_size = 10"));
        Statement sort(database,
                       "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                       " WHERE i < 20000) SELECT hex(zeroblob(100)) || i AS t FROM n ORDER BY t");
        Rows rows = sort.run();
        EXPECT_TRUE(rows.next().value());
        return open_in(folder.path());
    }
    int names_in_folder() const {
        int found = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
            if (entry.path().filename().string().starts_with("etilqs_")) ++found;
        return found;
    }

    testing::TempFolder folder;
    Database database = Database::open(folder / "inbox.db", Database::Mode::create).value();
};

TEST_F(TemporaryFilesTest, AreBesideTheDatabaseAndHaveNoNameThatCouldStay) {
    {
        const auto sorting = TemporaryFiles::beside(database);
        ASSERT_TRUE(sorting);
        EXPECT_GT(files_of_a_sort(), 0);
        EXPECT_EQ(names_in_folder(), 0);
    }
    EXPECT_EQ(files_of_a_sort(), 0) << "in memory again";
}

TEST_F(TemporaryFilesTest, RemoveANameThatAKilledProcessHasLeft) {
    std::ofstream(folder / "etilqs_0123") << "half a sort";
    ASSERT_TRUE(TemporaryFiles::beside(database));
    EXPECT_EQ(names_in_folder(), 0);
    EXPECT_TRUE(std::filesystem::exists(folder / "inbox.db"));
}

}  // namespace
}  // namespace posta::store
