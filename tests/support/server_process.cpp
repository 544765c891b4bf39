#include "tests/support/server_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <sstream>

#include "common/base/check.h"
#include "common/contracts/control.h"
#include "tests/support/evidence.h"

namespace posta::test {

using std::chrono_literals::operator""s;

namespace {

constexpr uid_t kFirstUid = 700'001;
constexpr auto kStartAtMost = 60s;
constexpr auto kStopAtMost = 60s;

std::vector<pid_t> all_pids() {
    std::vector<pid_t> pids;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename();
        pid_t pid = 0;
        const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (failure == std::errc() && end == name.data() + name.size()) pids.push_back(pid);
    }
    return pids;
}

// State and parent from /proc/PID/stat, behind the name in parentheses.
std::pair<char, pid_t> state_and_parent(pid_t pid) {
    const std::string stat = read_text("/proc/" + std::to_string(pid) + "/stat");
    const std::size_t close = stat.rfind(')');
    if (close == std::string::npos) return {'-', 0};
    std::istringstream rest(stat.substr(close + 1));
    char state = '-';
    pid_t parent = 0;
    rest >> state >> parent;
    return {state, parent};
}

}  // namespace

void send_signal(pid_t pid, int signal_number) {
    if (pid > 1)
        ::kill(pid, signal_number);
    else
        ADD_FAILURE() << "no process to send signal " << signal_number << " to: " << pid;
}

bool lives(pid_t pid) {
    const char state = state_and_parent(pid).first;
    return state != '-' && state != 'Z' && state != 'X';
}

std::vector<std::string> words_of(pid_t pid) {
    std::istringstream in(read_text("/proc/" + std::to_string(pid) + "/cmdline"));
    std::vector<std::string> words;
    for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
    return words;
}

ServerProcess::ServerProcess(std::string program)
    : program_(std::move(program)), next_uid_(::geteuid() == 0 ? kFirstUid : ::geteuid()) {
    std::filesystem::create_directory(data_dir());
}

ServerProcess::~ServerProcess() {
    std::vector<pid_t> left = children("worker");
    for (const pid_t front : children("front")) left.push_back(front);
    if (pid_ != 0 && !exit_code_) stop();
    for (const pid_t pid : left)
        if (!eventually([&] { return !lives(pid); })) {
            ADD_FAILURE() << "process " << pid << " outlives its server";
            send_signal(pid, SIGKILL);
        }
    const std::string text = log();
    keep_log(text);
    for (const Identity& identity : identities_)
        record_keys_of(data_dir_of(identity.slug) + "/keys.json");
    for (const std::string_view mark :
         {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "broken invariant"})
        if (text.find(mark) != std::string::npos)
            ADD_FAILURE() << "the log holds \"" << mark << '"';
    if (testing::Test::HasFailure()) std::fprintf(stderr, "--- log\n%s---\n", text.c_str());
    if (notify_fd_ >= 0) ::close(notify_fd_);
}

void ServerProcess::add_identity(const std::string& slug, const std::string& more) {
    const std::string directory = data_dir_of(slug);
    std::filesystem::create_directory(directory);
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
    identities_.push_back({slug, more, next_uid_});
    if (::geteuid() != 0) return;
    CHECK(::chown(directory.c_str(), next_uid_, next_uid_) == 0);
    ++next_uid_;
}

void ServerProcess::remove_identity(const std::string& slug) {
    std::erase_if(identities_, [&](const Identity& identity) { return identity.slug == slug; });
}

uid_t ServerProcess::uid_of(const std::string& slug) const {
    for (const Identity& identity : identities_)
        if (identity.slug == slug) return identity.uid;
    CHECK(false);
}

void ServerProcess::write_manifest() const {
    std::string text = "[server]\n" + server_keys_ + "\n";
    for (const Identity& identity : identities_)
        text += "\n[[identity]]\nslug = \"" + identity.slug + "\"\nurl = \"https://" +
                identity.slug + ".test\"\n" + identity.more + "\n";
    write_text(manifest_path(), text);
}

void ServerProcess::add_words(const std::vector<std::string>& words) {
    words_.insert(words_.end(), words.begin(), words.end());
}

void ServerProcess::launch() {
    exit_code_.reset();
    if (notify_fd_ >= 0) ::close(notify_fd_);
    std::array<int, 2> notify{};
    CHECK(::pipe2(notify.data(), O_CLOEXEC) == 0);
    const int log_fd =
        ::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    CHECK(log_fd >= 0);
    constexpr int kNotifyInChild = 9;
    std::vector<std::string> words{program_,      "serve",       "--listen",
                                   "127.0.0.1:0", "--manifest",  manifest_path(),
                                   "--data-dir",  data_dir(),    "--run-dir",
                                   run_dir(),     "--notify-fd", std::to_string(kNotifyInChild)};
    words.insert(words.end(), words_.begin(), words_.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    pid_ = ::fork();
    CHECK(pid_ >= 0);
    if (pid_ == 0) {
        ::dup2(log_fd, 1);
        ::dup2(log_fd, 2);
        ::dup2(notify[1], kNotifyInChild);
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    ::close(log_fd);
    ::close(notify[1]);
    notify_fd_ = notify[0];
}

void ServerProcess::start() {
    launch();
    pollfd wait{notify_fd_, POLLIN, 0};
    const int timeout = static_cast<int>(std::chrono::milliseconds(kStartAtMost).count());
    char byte = 0;
    const bool told = ::poll(&wait, 1, timeout) == 1 && ::read(notify_fd_, &byte, 1) == 1;
    ASSERT_TRUE(told && byte == '\n') << "the server did not become ready";
}

bool ServerProcess::running() const { return pid_ != 0 && !exit_code_ && lives(pid_); }

int ServerProcess::wait_for_exit() {
    if (exit_code_) return *exit_code_;
    int status = 0;
    const bool gone =
        eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, kStopAtMost);
    if (!gone) {
        ADD_FAILURE() << "the server does not end; killed";
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, &status, 0);
    }
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return *exit_code_;
}

int ServerProcess::stop() {
    signal(SIGTERM);
    return wait_for_exit();
}

void ServerProcess::signal(int signal_number) const {
    if (pid_ != 0 && !exit_code_) ::kill(pid_, signal_number);
}

std::string ServerProcess::address() const {
    constexpr std::string_view kMark = "listening address=";
    const std::string text = log();
    const std::size_t at = text.rfind(kMark);
    if (at == std::string::npos) return "";
    const std::size_t begin = at + kMark.size();
    return text.substr(begin, text.find_first_of(" \n", begin) - begin);
}

int ServerProcess::port() const {
    const std::string text = address();
    const std::size_t colon = text.rfind(':');
    return colon == std::string::npos ? 0 : std::stoi(text.substr(colon + 1));
}

pid_t ServerProcess::pid_of(const std::string& slug) const {
    const std::string text = read_text(run_dir() + "/" + slug + ".pid");
    return text.empty() ? 0 : std::stoi(text);
}

std::vector<pid_t> ServerProcess::family() const {
    std::vector<pid_t> found = all_pids();
    std::erase_if(
        found, [this](pid_t pid) { return state_and_parent(pid).second != pid_ || !lives(pid); });
    return found;
}

std::vector<pid_t> ServerProcess::children(const std::string& role) const {
    std::vector<pid_t> found = family();
    std::erase_if(found, [&role](pid_t pid) {
        const std::vector<std::string> words = words_of(pid);
        return words.size() < 2 || words[1] != role;
    });
    return found;
}

std::string ServerProcess::ask(std::string_view request) const {
    const Result<std::string> answer = contracts::ask_supervisor(run_dir(), request, 60s);
    return answer ? *answer : "no answer: " + answer.error().message;
}

bool ServerProcess::logs(const std::string& text, int times) const {
    return eventually([&] {
        const std::string all = log();
        int found = 0;
        for (std::size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1))
            ++found;
        return found >= times;
    });
}

}  // namespace posta::test
