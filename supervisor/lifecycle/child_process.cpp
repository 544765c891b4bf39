#include "supervisor/lifecycle/child_process.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstring>
#include <vector>

#include "common/base/file.h"
#include "common/base/unix_socket.h"
#include "common/contracts/channel.h"

extern char** environ;

namespace posta::supervisor {

namespace {

// A child inherits nothing that could steer it (proxies, loader, locale), only the time zone and
// the settings of sanitizers.
std::vector<char*> child_environment() {
    std::vector<char*> kept;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::string_view name = text.substr(0, text.find('='));
        if (name == "TZ" || name.ends_with("SAN_OPTIONS")) kept.push_back(*entry);
    }
    kept.push_back(nullptr);
    return kept;
}

std::vector<uv_stdio_container_t> containers_for(const ChildOrder& order, int channel_fd) {
    int highest = contracts::kChannelFd;
    for (const auto& [theirs, ours] : order.descriptors) highest = std::max(highest, theirs);
    std::vector<uv_stdio_container_t> containers(static_cast<std::size_t>(highest) + 1);
    for (uv_stdio_container_t& container : containers) container.flags = UV_IGNORE;
    const auto give = [&](int theirs, int ours) {
        uv_stdio_container_t& container = containers[static_cast<std::size_t>(theirs)];
        container.flags = UV_INHERIT_FD;
        container.data.fd = ours;
    };
    give(1, order.output);
    give(2, order.output);
    give(contracts::kChannelFd, channel_fd);
    for (const auto& [theirs, ours] : order.descriptors) give(theirs, ours);
    return containers;
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(EventLoop& loop,
                                                          const std::string& executable,
                                                          const ChildOrder& order,
                                                          ChildEvents& events) {
    std::unique_ptr<ChildProcess> child(new ChildProcess(loop, events));
    UniqueFd channel = TRY(child->spawn(executable, order));
    StreamEvents& listener = *child;  // converts here, where the base is accessible
    child->channel_ =
        std::make_unique<Stream>(loop, std::move(channel), SocketKind::unix_domain, listener);
    child->channel_->start_reading();
    for (const std::string& line : order.lines) child->send(line);
    return child;
}

std::unique_ptr<ChildProcess> ChildProcess::adopt(EventLoop& loop, const HandedChild& handed,
                                                  ChildEvents& events,
                                                  std::function<void(int pid)> on_forgotten) {
    std::unique_ptr<ChildProcess> child(new ChildProcess(loop, events));
    child->pid_ = handed.pid;
    child->on_forgotten_ = std::move(on_forgotten);
    child->lines_.add(handed.unread);
    if (handed.channel < 0) return child;
    StreamEvents& listener = *child;
    child->channel_ =
        std::make_unique<Stream>(loop, UniqueFd(handed.channel), SocketKind::unix_domain, listener);
    child->channel_->start_reading();
    return child;
}

ChildProcess::~ChildProcess() {
    if (on_forgotten_) on_forgotten_(pid_);
}

HandedChild ChildProcess::hand_over() const {
    return {pid_, channel_ ? channel_->fd() : -1, lines_.unfinished()};
}

ChildProcess::ChildProcess(EventLoop& loop, ChildEvents& events)
    : loop_(loop), events_(events), lines_(contracts::kMaxReportBytes) {}

Result<UniqueFd> ChildProcess::spawn(const std::string& executable, const ChildOrder& order) {
    auto ends = TRY(socket_pair());
    std::vector<std::string> words{"posta-server"};
    words.insert(words.end(), order.words.begin(), order.words.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::vector<char*> environment = child_environment();
    std::vector<uv_stdio_container_t> containers = containers_for(order, ends.second.get());

    uv_process_options_t options{};
    options.file = executable.c_str();
    options.args = argv.data();
    options.env = environment.data();
    options.cwd = "/";
    options.stdio = containers.data();
    options.stdio_count = static_cast<int>(containers.size());
    options.exit_cb = [](uv_process_t* process, std::int64_t code, int signal_number) noexcept {
        if (process->data != nullptr)
            static_cast<ChildProcess*>(process->data)->on_process_exit({code, signal_number});
    };
    auto process = std::make_unique<uv_process_t>();
    const int error = uv_spawn(loop_.raw(), process.get(), &options);
    process->data = this;
    process_.reset(process.release());  // also after a failure the handle must be closed
    if (error != 0) return error_from_uv(error, "cannot start " + executable);
    pid_ = process_->pid;
    // libuv makes the child's standard streams block again, in the description that we share.
    if (order.output > 2) ::fcntl(order.output, F_SETFL, O_NONBLOCK);
    return std::move(ends.first);
}

void ChildProcess::send(std::string_view line) {
    if (channel_) channel_->write(line, "\n");
}

// "<ns it ran> <ns it waited to run> <slices>", of its main thread, which is the one that starts.
std::chrono::milliseconds ChildProcess::kept_waiting() const {
    constexpr std::size_t kMostBytes = 256;
    const auto text = read_file("/proc/" + std::to_string(pid_) + "/schedstat", kMostBytes);
    if (!text) return {};
    const std::size_t space = text->find(' ');
    if (space == std::string::npos) return {};
    std::int64_t waited = 0;
    std::from_chars(text->data() + space + 1, text->data() + text->size(), waited);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(waited));
}

void ChildProcess::signal(int signal_number) {
    if (is_ours()) ::kill(pid_, signal_number);
}

// The number belongs to the child until somebody has waited for it, and to anybody after that. What
// it said before its end is read after that, and may ask for a kill; and libuv waits for all that
// have ended before it tells of the first.
bool ChildProcess::is_ours() const {
    siginfo_t unused{};
    return !waited_for_ &&
           ::waitid(P_PID, static_cast<id_t>(pid_), &unused, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void ChildProcess::kill(std::string_view reason) {
    set_reason(reason);
    killed_ = true;
    signal(SIGKILL);
}

void ChildProcess::set_reason(std::string_view reason) {
    if (reason_.empty()) reason_ = reason;
}

void ChildProcess::on_bytes(std::string_view bytes) {
    if (killed_) return;  // a flood that is still in the socket
    lines_.add(bytes);
    while (const auto line = lines_.next()) {
        if (--lines_left_ < 0) return kill("it says too much");
        events_.on_line(*this, *line);
        if (killed_) return;
    }
    if (lines_.too_long())
        kill("it wrote a line of more than " + std::to_string(contracts::kMaxReportBytes) +
             " bytes");
}

// A write (a ping) that failed, because the child has just left: what it said before still counts.
void ChildProcess::on_broken(int) {
    read_the_rest();
    channel_.reset();
}

void ChildProcess::on_process_exit(const Exit& exit) {
    waited_for_ = true;
    if (channel_) read_the_rest();
    events_.on_exit(*this, exit);
}

// Its last words ("failed ...") may still be in the socket: the news of the death is faster.
void ChildProcess::read_the_rest() {
    constexpr int kMostReads = 16;
    channel_->stop_reading();
    std::array<char, 16384> buffer{};
    for (int reads = 0; reads < kMostReads; ++reads) {
        const ssize_t count = ::recv(channel_->fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count <= 0) return;
        on_bytes({buffer.data(), static_cast<std::size_t>(count)});
    }
}

}  // namespace posta::supervisor
