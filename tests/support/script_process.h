#pragma once
// A Python script beside this file that serves a test, for as long as this lives. It tells by a
// line when it is ready, and ends when its input does. Not for two threads.

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/base/unique_fd.h"

namespace posta::testing {

class ScriptProcess {
public:
    // Returns when the script has written its first line.
    ScriptProcess(const std::string& name, std::vector<std::string> arguments);
    ~ScriptProcess();
    ScriptProcess(const ScriptProcess&) = delete;
    ScriptProcess& operator=(const ScriptProcess&) = delete;

    const std::string& first_line() const { return first_line_; }
    // Writes a line to it, and reads the line that it answers.
    std::string ask(const std::string& line) const;

private:
    UniqueFd input_;
    UniqueFd output_;
    pid_t pid_ = -1;
    std::string first_line_;
};

}  // namespace posta::testing
