#include "tests/support/worker_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "common/base/encoding.h"
#include "common/base/file.h"
#include "common/base/unix_socket.h"
#include "common/contracts/channel.h"
#include "common/contracts/settings.h"
#include "common/url/canonical.h"
#include "tests/support/evidence.h"
#include "worker/identity/keys.h"

extern char** environ;

namespace posta::testing {

namespace {

constexpr std::chrono::seconds kDeadline{60};

void write_keys(const std::string& path) {
    const worker::PrivateKey key = worker::PrivateKey::generate();
    const std::string json = R"([{"id":"2026-05-a","publicKey":")" +
                             base64_encode(key.public_key()) + R"(","privateKey":")" +
                             base64_encode(key.bytes()) +
                             R"(","createdAt":"2026-05-07T10:41:37Z"}])";
    CHECK(write_file_atomically(path, json, 0600).has_value());
}

}  // namespace

WorkerProcess::WorkerProcess(std::string program, std::string url)
    : program_(std::move(program)), url_(std::move(url)) {
    CHECK(::mkdir(data_dir().c_str(), 0700) == 0);
    write_keys(data_dir() + "/keys.json");
    Log log(clock_, "test", LogLevel::warn, LogFormat::text);
    auto store = store::Store::create(data_dir() + "/inbox.db", clock_, log);
    CHECK(store.has_value());
    CHECK((*store)->identity().set_url(url_).has_value());
    CHECK((*store)->identity().set_name("Arne").has_value());
}

WorkerProcess::~WorkerProcess() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        wait_for_exit(kDeadline);
    }
    const std::string text = log();
    test::keep_log(text);
    test::record_keys_of(data_dir() + "/keys.json");
    EXPECT_EQ(text.find("Sanitizer"), std::string::npos) << text;
    EXPECT_EQ(text.find("runtime error"), std::string::npos) << text;
    if (::testing::Test::HasFailure()) std::fputs(text.c_str(), stderr);
}

void WorkerProcess::with_store(const std::function<void(store::Store&)>& use) const {
    Log log(clock_, "test", LogLevel::warn, LogFormat::text);
    const auto store = store::Store::open(data_dir() + "/inbox.db", clock_, log);
    ASSERT_TRUE(store) << store.error().message;
    use(**store);
}

std::string WorkerProcess::token(const std::string& name) const {
    std::string secret;
    with_store([&](store::Store& store) { secret = store.tokens().create(name)->secret; });
    test::record_secret("token", secret);
    return secret;
}

std::string WorkerProcess::invite(const std::string& hint, std::chrono::seconds lifetime) const {
    std::string secret;
    with_store(
        [&](store::Store& store) { secret = store.invites().create(hint, lifetime)->secret; });
    test::record_secret("invite", secret);
    return secret;
}

std::string WorkerProcess::launch() {
    auto listening = listen_unix(folder_ / "worker.sock", 0600, 128);
    CHECK(listening.has_value());
    listening_ = *std::move(listening);
    auto channel = socket_pair();
    CHECK(channel.has_value());
    channel_ = std::move(channel->first);

    contracts::WorkerSettings settings;
    settings.slug = "arne";
    settings.url = url_;
    settings.hosts = {std::string(url::host_of(url_))};
    settings.data_dir = data_dir();
    settings.tenant = tenant;
    settings.tenant.memory_limit_mb = 0;  // the sanitizers reserve more than any limit
    if (::geteuid() == 0) {
        constexpr uid_t kTenant = 700'001;
        settings.uid = kTenant;
        settings.gid = kTenant;
        CHECK(::chmod(folder_.path().c_str(), 0755) == 0);
        for (const auto& entry : std::filesystem::recursive_directory_iterator(data_dir()))
            CHECK(::chown(entry.path().c_str(), kTenant, kTenant) == 0);
        CHECK(::chown(data_dir().c_str(), kTenant, kTenant) == 0);
    }
    say(contracts::to_line(settings));

    posix_spawn_file_actions_t files{};
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, (folder_ / "log").c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files, 2, 1);
    // Through numbers that are out of the way: one of the two may be 3 or 4 already.
    posix_spawn_file_actions_adddup2(&files, listening_.get(), 103);
    posix_spawn_file_actions_adddup2(&files, channel->second.get(), 104);
    posix_spawn_file_actions_adddup2(&files, 103, contracts::kListenFd);
    posix_spawn_file_actions_adddup2(&files, 104, contracts::kChannelFd);
    std::array<const char*, 4> words{program_.c_str(), "worker", "arne", nullptr};
    const int error = ::posix_spawn(&pid_, program_.c_str(), &files, nullptr,
                                    const_cast<char**>(words.data()), environ);
    posix_spawn_file_actions_destroy(&files);
    CHECK(error == 0);
    channel->second.reset();  // so that its end is seen when the worker ends
    return hear();
}

void WorkerProcess::start() { ASSERT_EQ(launch(), "ready") << log(); }

UniqueFd WorkerProcess::dial() const {
    auto connection = connect_unix(folder_ / "worker.sock");
    CHECK(connection.has_value());
    return *std::move(connection);
}

void WorkerProcess::say(const std::string& line) const {
    const std::string bytes = line + "\n";
    CHECK(::send(channel_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
}

std::string WorkerProcess::hear() {
    std::size_t end = 0;
    while ((end = heard_.find('\n')) == std::string::npos) {
        pollfd wait{channel_.get(), POLLIN, 0};
        if (::poll(&wait, 1, static_cast<int>(kDeadline.count()) * 1000) <= 0) return {};
        std::array<char, 4096> buffer{};
        const ssize_t count = ::recv(channel_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count <= 0) return {};
        heard_.append(buffer.data(), static_cast<std::size_t>(count));
    }
    std::string line = heard_.substr(0, end);
    heard_.erase(0, end + 1);
    return line.starts_with("report ") ? hear() : line;
}

void WorkerProcess::signal(int signal_number) const { CHECK(::kill(pid_, signal_number) == 0); }

std::optional<int> WorkerProcess::wait_for_exit(std::chrono::milliseconds deadline) {
    const auto until = std::chrono::steady_clock::now() + deadline;
    int status = 0;
    while (::waitpid(pid_, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > until) return std::nullopt;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));  // between two looks
    }
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string WorkerProcess::log() const {
    std::ifstream file(folder_ / "log");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace posta::testing
