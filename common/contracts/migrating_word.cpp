#include "common/contracts/migrating_word.h"

#include <sys/socket.h>

#include <string>

#include "common/contracts/channel.h"

namespace posta::contracts {

void MigratingWord::on_progress() {
    const SteadyTime now = clock_.steady();
    if (said_ && now - *said_ < kEvery) return;
    said_ = now;
    const std::string line = std::string(kMigratingWord) + "\n";
    // A supervisor that does not read is held up itself, and allows for that.
    const ssize_t sent = ::send(channel_fd_, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    static_cast<void>(sent);
}

}  // namespace posta::contracts
