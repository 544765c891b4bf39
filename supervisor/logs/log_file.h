#pragma once
// Where the server's log goes: `serve --log-file`, opened again when an operator has moved it away
// (USR1, `ctl reopen`), or else standard error, which belongs to whoever started the server.

#include <string>

#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace posta::supervisor {

class LogFile {
public:
    // Appends to the file, which is made with mode 0640. `path` is absolute; empty: standard error.
    static Result<LogFile> open(std::string path);

    // The same number for good, also after reopen().
    int fd() const { return file_ ? file_.get() : 2; }
    // When it cannot be opened the log stays where it is.
    Result<void> reopen();
    const std::string& path() const { return path_; }

private:
    LogFile(std::string path, UniqueFd file) : path_(std::move(path)), file_(std::move(file)) {}

    std::string path_;
    UniqueFd file_;
};

}  // namespace posta::supervisor
