// Layers of the sandbox that the manifest requires: a tenant that does not get one is not served.

#include <gtest/gtest.h>

#include "common/confine/sanitizer.h"
#include "tests/support/http_client.h"
#include "tests/support/live_server.h"

namespace posta::test {
namespace {

// A layer that this build never has whole: see sanitizer.h.
constexpr const char* kNeverWhole = "limits";

TEST(RequiredLayers, KeepATenantWithoutOneFromBeingServedAndTheOthersDoNotMind) {
    if (!kHasSanitizer) GTEST_SKIP() << "every layer may be there";
    LiveServer live({"arne", "marcus"});
    EXPECT_EQ(live.server.stop(), 0);
    live.add_to_entry("arne", std::string("require_layers = [\"") + kNeverWhole + "\"]");
    live.add_to_entry("marcus", "require_layers = [\"descriptors\", \"undumpable\"]");

    live.server.start();

    const std::string reason =
        "require_layers of the manifest is not met: limits is partial: a sanitizer build has no "
        "memory limit (mend that, or take the layer out of require_layers)";
    const Outcome status = live.run("ctl status arne --json");
    EXPECT_NE(status.output.find("\"failed\""), std::string::npos) << status.output;
    EXPECT_NE(status.output.find("limits is partial"), std::string::npos) << status.output;
    EXPECT_TRUE(live.server.logs(reason));
    HttpClient client(live.server.port());
    EXPECT_EQ(client.ask(get_request("marcus", "/setup", "10.0.0.1")).status, 200);
}

TEST(RequiredLayers, KeepAFrontWithoutOneFromListening) {
    if (!kHasSanitizer) GTEST_SKIP() << "every layer may be there";
    LiveServer live({"arne"});
    EXPECT_EQ(live.server.stop(), 0);
    const std::string text = read_text(live.server.manifest_path());
    const std::string key = std::string("require_layers = [\"") + kNeverWhole + "\"]\n";
    write_text(live.server.manifest_path(),
               std::string(text).insert(text.find("[server]\n") + 9, key));
    live.add_to_entry("arne", "require_layers = []");

    live.server.launch();

    EXPECT_TRUE(live.server.logs("limits is partial: a sanitizer build has no memory limit"));
    EXPECT_EQ(live.run("ctl wait arne ready 20").exit_code, 0);
    EXPECT_TRUE(eventually([&] {
        return live.run("ctl status").output.find("limits is partial") != std::string::npos;
    }));
    // What it is called, wherever it is told: `failed`, and yet tried again.
    // Between two tries it is `starting`.
    std::string status;
    EXPECT_TRUE(eventually([&] {
        status = live.run("ctl status --json").output;
        return status.find(R"("kind":"front","state":"failed")") != std::string::npos;
    })) << status;
    EXPECT_NE(status.find(R"("all_ready":false)"), std::string::npos) << status;
    EXPECT_EQ(status.find(R"("state":"backoff")"), std::string::npos) << status;
    EXPECT_TRUE(eventually([&] {
        const std::string metrics = live.run("ctl metrics").output;
        return metrics.find(R"(posta_front_state{front="0",state="failed"} 1)") !=
                   std::string::npos &&
               metrics.find(R"(posta_front_ready{front="0"} 0)") != std::string::npos;
    }));
    EXPECT_NE(live.run("ctl logs front --json").output.find(R"("to":"failed")"), std::string::npos);

    write_text(live.server.manifest_path(), text);
    EXPECT_EQ(live.run("ctl reload").exit_code, 0);
    EXPECT_TRUE(eventually([&] {
        return live.run("ctl metrics").output.find(R"(posta_front_ready{front="0"} 1)") !=
               std::string::npos;
    }));
}

}  // namespace
}  // namespace posta::test
