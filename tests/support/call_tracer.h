#pragma once
// Stops another process at its system calls, from outside (ptrace), and kills it at a chosen one.
//
// Between two calls a process does nothing that outlives it, so whoever is killed at any
// instruction is killed, as far as others can tell, on the way into one of its calls. Calls that
// leave nothing behind (they read, map memory, ask for the time) are passed over: being killed at
// the next one that does is the same. So the steps of an operation can be counted and each of them
// be the last. Children are not traced. Linux only; used by one thread, the process's parent.

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

namespace posta::test {

class CallTracer {
public:
    // Empty when this system lets nobody trace. The process is stopped from here until run().
    static std::optional<CallTracer> seize(pid_t pid);
    CallTracer(CallTracer&& other) noexcept;
    CallTracer& operator=(CallTracer&&) = delete;
    ~CallTracer();  // lets it go on

    struct End {
        int steps = 0;      // calls that leave something behind, the last one included
        std::string call;   // that last one, by name or number
        bool gone = false;  // it ended by itself
    };
    // Lets it go on until it is about to make its `step`-th such call, or `is_over` says so (asked
    // before each), or it is gone. Unless it is gone it is stopped then.
    End run_to(int step, const std::function<bool()>& is_over);

private:
    explicit CallTracer(pid_t pid) : pid_(pid) {}

    pid_t pid_;
    bool stopped_ = true;
    int pending_signal_ = 0;
};

}  // namespace posta::test
