#pragma once
// The private directory in which an adoption is prepared, and the one rename that ends it.
//
// In it: source/ with the bytes of the source, tenant/ which becomes the identity's directory. It
// lies on the same file system as its goal, belongs to the caller alone, and is locked while it is
// in use. What an interrupted run left in it is thrown away: nothing there has a name yet.

#include <string>
#include <vector>

#include "common/base/file.h"
#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace posta::worker {

class Staging {
public:
    // `conflict` when another adopt works in it.
    static Result<Staging> begin(const std::string& path);
    // For a dry run: somewhere temporary.
    static Result<Staging> begin_temporary();
    // What killed dry runs of this user left there. One that is in use is locked.
    static void remove_left_over();
    ~Staging();
    Staging(Staging&&) = default;
    Staging& operator=(Staging&&) = delete;

    std::string source() const { return path_ + "/source"; }
    std::string tenant() const { return path_ + "/tenant"; }

    // Gives tenant/ and all in it to `owner` (0700 and 0600), makes it durable and renames it to
    // `directory`, which is absent or an empty directory. `conflict` otherwise.
    Result<void> place(const std::string& directory, FileOwner owner);

private:
    Staging(std::string path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
    static Result<Staging> enter(const std::string& path);

    std::string path_;
    UniqueFd lock_;
};

enum class Existing { absent, empty, filled };
// What stands at the path of an identity's directory; anything but a directory is `conflict`.
Result<Existing> look_at_directory(const std::string& directory);

}  // namespace posta::worker
