#include "tests/support/live_server.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "common/base/check.h"
#include "tests/support/evidence.h"
#include "tests/support/http_client.h"
#include "tests/support/test_paths.h"

namespace posta::test {

Outcome run_line(const std::string& line) {
    std::FILE* pipe = ::popen((line + " 2>&1").c_str(), "re");
    CHECK(pipe != nullptr);
    std::string output;
    std::array<char, 4096> buffer;
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
        output.append(buffer.data(), count);
    const int status = ::pclose(pipe);
    record_secrets_in(output);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, output};
}

LiveServer::LiveServer(const std::vector<std::string>& slugs, std::string more_server_keys,
                       const std::vector<std::string>& more_words, const std::string& program)
    : server(program.empty() ? POSTA_SERVER : program) {
    server.set_server_keys("trusted_proxies = [\"127.0.0.1/32\"]\n" + more_server_keys);
    server.write_manifest();
    server.add_words(more_words);
    for (const std::string& slug : slugs) {
        const Outcome added = run("identity add --slug " + slug + " --url " + slug + ".test");
        EXPECT_EQ(added.exit_code, 0) << added.output;
        record_keys_of(server.data_dir_of(slug) + "/keys.json");
    }
    server.start();
}

Outcome LiveServer::run(const std::string& words) const {
    return run_line(std::string("timeout 120 '") + POSTA_SERVER + "' " + words + " --manifest " +
                    server.manifest_path() + " --data-dir " + server.data_dir() + " --run-dir " +
                    server.run_dir());
}

void LiveServer::add_to_entry(const std::string& slug, const std::string& toml) const {
    std::string text = read_text(server.manifest_path());
    const std::string mark = "slug = \"" + slug + "\"\n";
    const std::size_t at = text.find(mark);
    CHECK(at != std::string::npos);
    write_text(server.manifest_path(), text.insert(at + mark.size(), toml + "\n"));
}

bool LiveServer::replaced(const std::string& slug, pid_t old) const {
    return eventually([&] {
               const pid_t now = server.pid_of(slug);
               return now != 0 && now != old && lives(now);
           }) &&
           run("ctl wait " + slug + " ready 60").exit_code == 0;
}

std::string get_request(const std::string& slug, const std::string& path, const std::string& client,
                        const std::string& more) {
    return "GET " + path + " HTTP/1.1\r\nHost: " + slug + ".test\r\nX-Forwarded-For: " + client +
           "\r\n" + more + "\r\n";
}

std::string redeem_request(const std::string& slug, const std::string& client) {
    const std::string body = R"({"invite":"pinv_bogus","deviceName":"phone"})";
    return "POST /api/v1/invite/redeem HTTP/1.1\r\nHost: " + slug +
           ".test\r\nX-Forwarded-For: " + client +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

std::string LoadOutcome::text() const {
    std::string all;
    for (const auto& [slug, count] : answered) all += slug + ": " + std::to_string(count) + "\n";
    for (const Failure& failure : failures)
        all += "client " + std::to_string(failure.client) + " " + failure.method + " " +
               failure.slug + ": " + failure.what + "\n";
    return all;
}

Load::Load(int port, std::vector<std::string> slugs, std::size_t clients)
    : port_(port), slugs_(std::move(slugs)) {
    for (const std::string& slug : slugs_) outcome_.answered[slug] = 0;
    for (std::size_t number = 0; number < clients; ++number)
        threads_.emplace_back([this, number] { run_client(number); });
}

Load::~Load() { stop(); }

// Every request comes from an address of its own, so that no limit by address is met.
std::string Load::next_address() {
    const unsigned number = ++addresses_;
    return "10." + std::to_string(number >> 16 & 255) + "." + std::to_string(number >> 8 & 255) +
           "." + std::to_string(number & 255);
}

void Load::run_client(std::size_t number) {
    std::optional<HttpClient> client;
    for (std::size_t turn = number; !stopping_; ++turn) {
        const std::string& slug = slugs_[turn / 2 % slugs_.size()];
        const bool post = turn % 2 == 1;
        const std::string request = post ? redeem_request(slug, next_address())
                                         : get_request(slug, "/setup", next_address());
        if (!client) {
            UniqueFd socket = connect_loopback(port_);
            if (socket) client.emplace(std::move(socket));
        }
        const Answer answer = client ? client->ask(request) : Answer{0, "refused", {}};
        const bool good = answer.status == (post ? 410 : 200);
        const std::lock_guard<std::mutex> lock(mutex_);
        if (good) {
            ++outcome_.answered[slug];
            if (!answer.keep_alive) ++outcome_.reconnects;
        } else {
            outcome_.failures.push_back({number, slug, post ? "POST" : "GET",
                                         std::to_string(answer.status) + " " + answer.body});
        }
        if (!good || !answer.keep_alive) client.reset();
    }
}

void Load::goes_on(int answers) {
    const auto counts = [this] {
        const std::lock_guard<std::mutex> lock(mutex_);
        return outcome_.answered;
    };
    const auto before = counts();
    EXPECT_TRUE(eventually([&] {
        const auto now = counts();
        return std::all_of(now.begin(), now.end(), [&](const auto& entry) {
            return entry.second >= before.at(entry.first) + answers;
        });
    })) << "the load does not go on";
}

LoadOutcome Load::stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return outcome_;
}

}  // namespace posta::test
