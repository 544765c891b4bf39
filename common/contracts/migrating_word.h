#pragma once
// A worker's word, before its loop runs, that it brings its database to a newer version and gets on
// with it (channel.h): at once for the first call, then at most every kEvery, however often it is
// told. Never blocks; a word that cannot be said is left out.

#include <chrono>
#include <optional>

#include "common/base/clock.h"

namespace posta::contracts {

class MigratingWord {
public:
    static constexpr std::chrono::seconds kEvery{5};

    MigratingWord(int channel_fd, const Clock& clock) : channel_fd_(channel_fd), clock_(clock) {}
    void on_progress();

private:
    int channel_fd_;
    const Clock& clock_;
    std::optional<SteadyTime> said_;
};

}  // namespace posta::contracts
