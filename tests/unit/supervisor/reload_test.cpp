#include "supervisor/tenants/reload.h"

#include <gtest/gtest.h>

namespace posta::supervisor {
namespace {

using Slugs = std::vector<std::string>;

manifest::Manifest manifest_of(const Slugs& slugs) {
    manifest::Manifest manifest;
    for (const std::string& slug : slugs) {
        manifest::Identity identity;
        identity.slug = slug;
        identity.url = "https://" + slug + ".example";
        manifest.identities.push_back(identity);
    }
    return manifest;
}

ReloadPlan plan_of(const manifest::Manifest& running, const manifest::Manifest& wanted) {
    return plan_reload(running.server, entries_of(running), wanted);
}

TEST(Reload, SortsTenantsIntoAddedChangedRemovedAndKept) {
    const manifest::Manifest running = manifest_of({"arne", "marcus", "tarald"});
    manifest::Manifest wanted = manifest_of({"new", "tarald", "arne"});
    wanted.identities[1].aliases = {"msg.example"};

    const ReloadPlan plan = plan_of(running, wanted);

    EXPECT_EQ(plan.added, Slugs{"new"});
    EXPECT_EQ(plan.changed, Slugs{"tarald"});
    EXPECT_EQ(plan.removed, Slugs{"marcus"});
    EXPECT_EQ(plan.kept, Slugs{"arne"});
    EXPECT_FALSE(plan.fronts_changed);
}

TEST(Reload, KeepsATenantWhoseEntryOnlyMovedInTheFile) {
    const manifest::Manifest running = manifest_of({"arne"});
    manifest::Manifest wanted = running;
    wanted.identities[0].line = 99;

    EXPECT_EQ(plan_of(running, wanted).kept, Slugs{"arne"});
}

TEST(Reload, ChangesEveryTenantWhoseDirectoryMoves) {
    const manifest::Manifest running = manifest_of({"arne", "marcus"});
    manifest::Manifest wanted = running;
    wanted.server.data_dir = "/elsewhere";

    EXPECT_EQ(plan_of(running, wanted).changed, (Slugs{"arne", "marcus"}));
}

TEST(Reload, NoticesWhatConcernsTheFronts) {
    const manifest::Manifest running = manifest_of({"arne"});
    manifest::Manifest wanted = running;
    wanted.server.trusted_proxies = {"10.0.0.1/32"};

    const ReloadPlan plan = plan_of(running, wanted);

    EXPECT_TRUE(plan.fronts_changed);
    EXPECT_EQ(plan.kept, Slugs{"arne"});
}

TEST(Reload, NamesTheKeysThatNeedANewStart) {
    const manifest::Manifest running = manifest_of({});
    manifest::Manifest wanted = running;
    wanted.server.run_dir = "/elsewhere";
    wanted.server.front_user = "posta";

    EXPECT_EQ(plan_of(running, wanted).needs_new_start, (Slugs{"run_dir", "front_user"}));
}

}  // namespace
}  // namespace posta::supervisor
