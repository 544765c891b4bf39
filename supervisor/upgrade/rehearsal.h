#pragma once
// Runs the program that is to take over, in a child, with what it would be given, and hears whether
// it would.
//
// It takes the same way as the real one: the same words, the manifest, the handover; then it says
// so (kRehearsed) and leaves instead of beginning. A program that crashes, is of another machine,
// cannot read the manifest, knows no upgrade, or takes too long has said no.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/loop/event_loop.h"
#include "common/loop/stream.h"
#include "common/loop/timer.h"
#include "common/loop/uv_handle.h"

namespace posta::supervisor {

// The last line that it prints: this and its version.
constexpr std::string_view kRehearsed = "can take over: ";
// Where it finds the handover.
constexpr int kRehearsalFd = 3;

class Rehearsal final : private StreamEvents {
public:
    static constexpr std::chrono::milliseconds kAtMost{10'000};

    // The version that would take over, or why it would not. Called once, on a later turn.
    using Outcome = std::function<void(const Result<std::string>& version)>;

    // `words`: after the program's name.
    static Result<std::unique_ptr<Rehearsal>> begin(EventLoop& loop, const std::string& program,
                                                    std::vector<std::string> words, int handover,
                                                    Outcome on_outcome);

private:
    Rehearsal(EventLoop& loop, Outcome on_outcome);
    Result<void> spawn(const std::string& program, std::vector<std::string> words, int handover);
    void on_bytes(std::string_view bytes) override;
    void on_end() override {}
    void on_broken(int) override {}
    void on_drained() override {}
    void on_time_over();
    void on_exit(std::int64_t code, int signal_number);

    EventLoop& loop_;
    Outcome on_outcome_;
    std::string said_;
    bool too_slow_ = false;
    Timer deadline_;
    std::unique_ptr<Stream> output_;
    UvHandle<uv_process_t> process_;
};

}  // namespace posta::supervisor
