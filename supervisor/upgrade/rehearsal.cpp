#include "supervisor/upgrade/rehearsal.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "common/base/unix_socket.h"
#include "supervisor/lifecycle/obituary.h"

namespace posta::supervisor {

namespace {

constexpr std::size_t kMostOutput = 16'384;

// What it has said last, on one line, for a log.
std::string last_words(std::string text) {
    constexpr std::size_t kMost = 500;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (text.size() > kMost) text = text.substr(text.size() - kMost);
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

}  // namespace

Result<std::unique_ptr<Rehearsal>> Rehearsal::begin(EventLoop& loop, const std::string& program,
                                                    std::vector<std::string> words, int handover,
                                                    Outcome on_outcome) {
    std::unique_ptr<Rehearsal> rehearsal(new Rehearsal(loop, std::move(on_outcome)));
    TRY(rehearsal->spawn(program, std::move(words), handover));
    return rehearsal;
}

Rehearsal::Rehearsal(EventLoop& loop, Outcome on_outcome)
    : loop_(loop),
      on_outcome_(std::move(on_outcome)),
      deadline_(loop, [this] { on_time_over(); }) {}

Result<void> Rehearsal::spawn(const std::string& program, std::vector<std::string> words,
                              int handover) {
    auto ends = TRY(socket_pair());
    words.insert(words.begin(), program);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    std::array<uv_stdio_container_t, kRehearsalFd + 1> stdio{};
    stdio[0].flags = UV_IGNORE;
    for (const std::size_t number : {1U, 2U}) {
        stdio[number].flags = UV_INHERIT_FD;
        stdio[number].data.fd = ends.second.get();
    }
    stdio[kRehearsalFd].flags = UV_INHERIT_FD;
    stdio[kRehearsalFd].data.fd = handover;

    uv_process_options_t options{};
    options.file = program.c_str();
    options.args = argv.data();
    options.stdio = stdio.data();
    options.stdio_count = static_cast<int>(stdio.size());
    options.exit_cb = [](uv_process_t* process, std::int64_t code, int signal_number) noexcept {
        if (process->data != nullptr)
            static_cast<Rehearsal*>(process->data)->on_exit(code, signal_number);
    };
    auto process = std::make_unique<uv_process_t>();
    const int error = uv_spawn(loop_.raw(), process.get(), &options);
    process->data = this;
    process_.reset(process.release());  // also after a failure the handle must be closed
    if (error != 0) return error_from_uv(error, "cannot run " + program);
    StreamEvents& listener = *this;
    output_ =
        std::make_unique<Stream>(loop_, std::move(ends.first), SocketKind::unix_domain, listener);
    output_->start_reading();
    deadline_.start_once(kAtMost);
    return {};
}

void Rehearsal::on_bytes(std::string_view bytes) {
    said_ += bytes;
    if (said_.size() > kMostOutput) said_.erase(0, said_.size() - kMostOutput);
}

void Rehearsal::on_time_over() {
    too_slow_ = true;
    uv_process_kill(process_.get(), SIGKILL);
}

void Rehearsal::on_exit(std::int64_t code, int signal_number) {
    deadline_.stop();
    // The news of its end is faster than what it said before.
    std::array<char, kMostOutput> buffer{};
    const ssize_t count = ::recv(output_->fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) on_bytes({buffer.data(), static_cast<std::size_t>(count)});
    const std::size_t at = said_.rfind(kRehearsed);
    const bool says_so = at != std::string::npos && (at == 0 || said_[at - 1] == '\n');
    if (!too_slow_ && code == 0 && signal_number == 0 && says_so)
        return on_outcome_(last_words(said_.substr(at + kRehearsed.size())));
    const std::string reason = too_slow_ ? "it did not answer in 10 s"
                                         : obituary(Exit{code, signal_number}, last_words(said_));
    on_outcome_(Error{ErrorCode::unavailable, "the new program would not take over: " + reason});
}

}  // namespace posta::supervisor
