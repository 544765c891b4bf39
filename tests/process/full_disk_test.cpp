// A tenant whose disk is full: it says so, loses nothing that it has accepted, disturbs nobody, and
// goes on when there is room again.

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "common/json/parse.h"
#include "tests/support/correspondent.h"
#include "tests/support/http_client.h"
#include "tests/support/https_peer.h"
#include "tests/support/live_server.h"

namespace posta::test {
namespace {

using posta::testing::Correspondent;

// A small disk of its own under a tenant's directory.
class SmallDisk {
public:
    explicit SmallDisk(std::string directory) : directory_(std::move(directory)) {}
    ~SmallDisk() {
        if (mounted_) ::umount2(directory_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    // What is in the directory moves there. False when this user may not mount anything.
    bool mount() {
        struct stat status {};
        if (::stat(directory_.c_str(), &status) != 0) return false;
        const std::string beside = directory_ + ".beside";
        const std::string options = "size=4m,mode=0700,uid=" + std::to_string(status.st_uid) +
                                    ",gid=" + std::to_string(status.st_gid);
        const std::string copy = "cp -a '" + directory_ + "' '" + beside + "'";
        if (std::system(copy.c_str()) != 0) return false;
        mounted_ = ::mount("tmpfs", directory_.c_str(), "tmpfs", 0, options.c_str()) == 0;
        const std::string back =
            "cp -a '" + beside + "/.' '" + directory_ + "' && rm -r '" + beside + "'";
        return mounted_ && std::system(back.c_str()) == 0;
    }
    void fill() const {
        std::ofstream filler(directory_ + "/filler");
        const std::string bytes(4096, 'x');
        while (filler.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush()) {
        }
    }
    void make_room() const { std::filesystem::remove(directory_ + "/filler"); }

private:
    std::string directory_;
    bool mounted_ = false;
};

class FullDisk : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(live.run("ctl stop arne").exit_code, 0);
        if (!disk.mount()) GTEST_SKIP() << "needs root, to mount a small file system";
        ASSERT_EQ(live.run("ctl start arne").exit_code, 0);
        for (const std::string slug : {"arne", "marcus"}) {
            const Outcome made =
                live.run("token create --slug " + slug + " --name t --no-qr --json");
            tokens[slug] = *json::parse(made.output).value().find("token")->string();
        }
        peer.put("/doc/alice", sender.document());
    }

    Answer ask(const std::string& slug, const std::string& method, const std::string& path,
               const std::string& fields, const std::string& body = "") {
        HttpClient client(live.server.port());
        return client.ask(
            method + " " + path + " HTTP/1.1\r\nHost: " + slug + ".test\r\n" + fields +
                (method == "POST" ? "Content-Length: " + std::to_string(body.size()) + "\r\n"
                                  : "") +
                "\r\n" + body,
            method);
    }
    Answer deliver(const std::string& slug, const std::string& id) {
        const Correspondent::Post message = sender.message("https://" + slug + ".test", id);
        return ask(slug, "POST", "/", message.fields, message.body);
    }
    Answer call(const std::string& slug, const std::string& method, const std::string& path,
                const std::string& body = "") {
        return ask(slug, method, path, "Authorization: Bearer " + tokens[slug] + "\r\n", body);
    }
    std::string trouble() const {
        const Outcome status = live.run("ctl status arne --json");
        const auto parsed = json::parse(status.output).value();
        const json::Value& process = parsed.find("result")->find("processes")->elements().front();
        const json::Value* report = process.find("report");
        const json::Value* text = report != nullptr ? report->find("trouble") : nullptr;
        return text != nullptr ? std::string(*text->string()) : "";
    }

    posta::testing::HttpsPeer peer;
    Correspondent sender{peer.url("alice.localhost", "/doc/alice")};
    LiveServer live{{"arne", "marcus"},
                    "allow_private_peers = true\nca_bundle = \"" + peer.ca_bundle() + "\""};
    SmallDisk disk{live.server.data_dir_of("arne")};
    std::map<std::string, std::string> tokens;
};

TEST_F(FullDisk, RefusesWhatItCannotKeepAndSaysSoAndRecovers) {
    const std::string contact = R"({"url":"bob.example"})";
    const std::string message =
        R"({"peer":")" + peer.url("bob.localhost", "/doc/bob") + R"(","payload":1})";
    ASSERT_EQ(deliver("arne", "m1").status, 204);
    const pid_t worker = live.server.pid_of("arne");
    disk.fill();

    for (int attempt = 0; attempt < 3; ++attempt) {
        const Answer inbound = deliver("arne", "m2");
        EXPECT_EQ(inbound.status, 503) << inbound.body;
        EXPECT_TRUE(inbound.head_has("\r\nRetry-After: "));
        EXPECT_TRUE(inbound.body.starts_with(R"({"error":"unavailable")")) << inbound.body;
    }
    const Answer added = call("arne", "POST", "/api/v1/contacts", contact);
    EXPECT_EQ(added.status, 503) << added.body;
    EXPECT_TRUE(added.head_has("\r\nRetry-After: "));
    EXPECT_EQ(call("arne", "POST", "/api/v1/messages", message).status, 503);
    EXPECT_EQ(deliver("arne", "m1").status, 409) << "that it is there already needs no room";

    const Answer page = call("arne", "GET", "/api/v1/messages");
    EXPECT_EQ(page.status, 200) << "reading goes on";
    EXPECT_NE(page.body.find("\"m1\""), std::string::npos) << page.body;
    EXPECT_EQ(page.body.find("\"m2\""), std::string::npos) << page.body;
    EXPECT_EQ(page.body.find("\"out\""), std::string::npos) << page.body;
    EXPECT_EQ(call("arne", "GET", "/api/v1/contacts").body.find("bob.example"), std::string::npos);
    EXPECT_EQ(deliver("marcus", "m1").status, 204);
    EXPECT_EQ(call("marcus", "POST", "/api/v1/contacts", contact).status, 201);
    EXPECT_TRUE(eventually([&] { return trouble().find("full") != std::string::npos; }))
        << trouble();
    EXPECT_NE(live.run("ctl status").output.find("full"), std::string::npos);

    disk.make_room();
    EXPECT_EQ(deliver("arne", "m2").status, 204);
    EXPECT_EQ(call("arne", "POST", "/api/v1/contacts", contact).status, 201);
    const Answer queued = call("arne", "POST", "/api/v1/messages", message);
    EXPECT_EQ(queued.status, 202) << queued.body;
    EXPECT_TRUE(eventually([&] {
        const Answer now = call("arne", "GET", "/api/v1/messages");
        return now.body.find(R"("state":"delivered")") != std::string::npos;
    }));
    EXPECT_TRUE(eventually([&] { return trouble().empty(); })) << trouble();
    EXPECT_EQ(live.server.pid_of("arne"), worker) << "without a restart";
}

}  // namespace
}  // namespace posta::test
