#pragma once
// Legacy databases that are migrated as the server does it.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/support/fake_clock.h"
#include "tests/support/legacy_fixture.h"
#include "tests/unit/worker/store/migration_support.h"
#include "worker/store/store.h"

namespace posta::store {

class Migration : public ::testing::Test {
protected:
    // A copy of the legacy directory; the path of its database.
    std::string legacy(const std::string& slug) {
        const std::string folder = testing::legacy_scratch("migration") + "/" + slug;
        testing::copy_legacy(slug, folder);
        return folder + "/inbox.db";
    }

    std::unique_ptr<Store> migrated(const std::string& path) {
        Result<std::unique_ptr<Store>> store = Store::open(path, clock_, log_);
        EXPECT_TRUE(store.has_value()) << store.error().message;
        return store ? std::move(store).value() : nullptr;
    }

    static Database open(const std::string& path) {
        Result<Database> database = Database::open(path, Database::Mode::existing);
        CHECK(database.has_value());
        return std::move(database).value();
    }

    static void change(const std::string& path, const std::string& sql) {
        Database database = open(path);
        const Result<void> changed = database.execute(sql);
        ASSERT_TRUE(changed.has_value()) << changed.error().message;
    }

    testing::FakeClock clock_;
    Log log_{clock_, "test", LogLevel::error, LogFormat::text};
};

}  // namespace posta::store
